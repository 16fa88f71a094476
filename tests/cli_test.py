#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_test.py LATHE [unittest arguments]: the command's promises, kept by the binary itself.

Exit codes (0 ok, 1 failure, 2 usage, 3 bad model, 4 device or memory), one-line errors that name the flag or file, results on
stdout and all else on stderr. Engines are built from tests/data/checkpoints into a scratch folder.
"""
import json
import shutil
import signal
import subprocess

import cli_case
from cli_case import CHECKPOINTS, COMMANDS, GQA, ROOT, RUN_A_MODEL, CommandCase, binary, lathe, read_safetensors, scratch, write


class Frame(CommandCase):
    def test_version_and_help(self):
        self.assertRegex(self.assert_ok("--version").stdout, r"^lathe \d+\.\d+\.\d+\n$")
        overview = self.assert_ok("--help").stdout
        for name in COMMANDS:
            self.assertIn(f"  {name} ", overview)
        self.assertNotIn("\n  compile ", overview)

    def test_every_command_has_help_with_an_example(self):
        for name in COMMANDS:
            text = self.assert_ok(*name.split(), "--help").stdout
            self.assertIn("Examples:", text)
            self.assertIn(f"  lathe {name}", text)
            self.assertIn("LATHE_LOG_LEVEL", text)

    def test_every_command_that_runs_a_model_knows_the_shared_flags(self):
        for name in RUN_A_MODEL:
            text = self.assert_ok(*name.split(), "--help").stdout
            for flag in ("--device", "--threads", "--cpu-isa", "--weights", "--max-batch-size", "--max-num-tokens", "--max-seq-len",
                         "--kv-cache-bytes", "--kv-cache-fraction", "--deterministic", "--cuda-libraries", "--no-libraries"):
                self.assertIn(f"  {flag} ", text, name)

    def test_usage_errors(self):
        self.assert_fails(2, says="sub-command")
        self.assert_fails(2, "devics", says="did you mean `lathe devices`?")
        self.assert_fails(2, "frobnicate", says="unknown sub-command 'frobnicate'")
        self.assert_fails(2, "eval", says="expected one of logits, perplexity")
        self.assert_fails(2, "eval", "logit", says="did you mean `lathe eval logits`?")
        for name in COMMANDS:
            self.assert_fails(2, *name.split(), "--log-leve=info", says=("'--log-leve'", "did you mean --log-level?"))
            self.assert_fails(2, *name.split(), "--log-level", says=("--log-level", "got none"))
            self.assert_fails(2, *name.split(), "--log-level=loud", says=("expected one of debug", "'loud'"))

    def test_a_flag_is_no_value(self):
        self.assert_fails(2, "run", GQA, "--prompt", "--json", says=("--prompt", "got the flag --json", "--prompt=…"))

    def test_flags_come_from_the_environment(self):
        self.assertIn("devices", json.loads(self.assert_ok("devices", env={"LATHE_JSON": "1"}).stdout))
        self.assert_fails(2, "devices", says="'perhaps'", env={"LATHE_JSON": "perhaps"})

    def test_a_path_that_does_not_exist(self):
        for name in COMMANDS:
            if name != "devices":
                self.assert_fails(2, *name.split(), "/no/such/thing", says="'/no/such/thing'")

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([binary(), "devices"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: standard output", done.stderr)


class Devices(CommandCase):
    def test_lists_the_cpu_first(self):
        self.assertTrue(self.assert_ok("devices").stdout.startswith("cpu:0 "))
        found = json.loads(self.assert_ok("devices", "--json").stdout)
        self.assertEqual(found["devices"][0]["kind"], "cpu")
        self.assertGreaterEqual(found["devices"][0]["num_processors"], 1)


class Build(CommandCase):
    def test_reports_as_json(self):
        out = scratch("report.engine")
        report = json.loads(self.assert_ok("build", GQA, "--output", out, "--json").stdout)
        for key in ("seconds", "peak_bytes", "ops_before", "ops_after", "kernels"):
            self.assertIn(key, report)
        self.assertLess(report["ops_after"], report["ops_before"])
        self.assertTrue((out / "engine.json").exists() and (out / "tokenizer.json").exists())
        self.assert_ok("build", GQA, "--output", out)  # an engine may be replaced

    def test_a_config_is_enough_for_dummy_weights(self):
        out = scratch("dummy.engine")
        self.assert_ok("build", GQA / "config.json", "--dummy-weights", 7, "--output", out)
        first = json.loads(self.assert_ok("run", out, "--token-ids", "1,2,3", "--max-tokens", 4, "--json").stdout)
        again = json.loads(self.assert_ok("run", out, "--token-ids", "1,2,3", "--max-tokens", 4, "--json").stdout)
        self.assertEqual(first["token_ids"], again["token_ids"])

    def test_bad_usage(self):
        out = scratch("bad.engine")
        for flags, says in (([], "--output"), (["--output", "/no/folder/x"], "no such folder: '/no/folder'"),
                            (["--output", out, "--dtype", "fp8"], ("--dtype", "'fp8'")),
                            (["--output", out, "--target", "banana"], ("--target", "expected cpu or sm_90a", "'banana'")),
                            (["--output", out, "--target", "sm_42"], ("--target", "'sm_42'")),
                            (["--output", out, "--block-size", 17], ("--block-size", "17")),
                            (["--output", out, "--skip-pass", "nope"], ("--skip-pass", "'nope'")),
                            (["--output", out, "--plant", "lineer"], ("--plant", "did you mean linear?")),
                            (["--output", out, "--dummy-weights", "x"], ("--dummy-weights", "'x'")),
                            (["--output", out, "--kernel-source", out], "--kernel-source")):
            self.assert_fails(2, "build", GQA, *flags, says=says)
        self.assertFalse(out.exists())

    def test_never_overwrites_what_is_no_engine(self):
        precious = write("precious.txt", "keep me")
        self.assert_fails(2, "build", GQA, "--output", precious, says=str(precious))
        self.assertEqual(precious.read_text(), "keep me")
        folder = scratch("precious_folder")
        folder.mkdir()
        (folder / "note").write_text("keep me")
        self.assert_fails(2, "build", GQA, "--output", folder, says=str(folder))
        self.assertEqual((folder / "note").read_text(), "keep me")

    def test_bad_checkpoints(self):
        out = scratch("bad.engine")

        def broken(name, change):
            copy = scratch(name)
            shutil.copytree(GQA, copy)
            change(copy)
            return copy

        def edit_config(**fields):
            def change(folder):
                config = json.loads((folder / "config.json").read_text())
                config.update(fields)
                (folder / "config.json").write_text(json.dumps(config))
            return change

        def truncate(folder):
            weights = folder / "model.safetensors"
            weights.write_bytes(weights.read_bytes()[:-100])

        cases = {
            "no_json": (lambda f: (f / "config.json").write_text("{"), "config.json"),
            "truncated": (truncate, "model.safetensors"),
            "no_weights": (lambda f: (f / "model.safetensors").unlink(), "no weights"),
            "alien": (edit_config(model_type="rwkv", architectures=["Rwkv"]), "rwkv"),
            "misshapen": (edit_config(intermediate_size=96), "mlp"),
            "hostile": (edit_config(num_hidden_layers=10**9), "num_hidden_layers"),
            "text": (edit_config(hidden_size="wide"), "hidden_size"),
        }
        for name, (change, says) in cases.items():
            with self.subTest(name):
                self.assert_fails(3, "build", broken(name, change), "--output", out, says=says)
        self.assert_fails(3, "build", write("notes.md", "# notes"), "--output", out, says=("notes.md", "not a checkpoint"))
        self.assert_fails(3, "build", write("bad.gguf", "GGUF\x03"), "--output", out, says="bad.gguf")
        self.assertFalse(out.exists())
        self.assertEqual([path for path in scratch("").iterdir() if path.name.startswith("bad.engine")], [])


class Run(CommandCase):
    def test_streams_the_text_and_nothing_else(self):
        done = self.assert_ok("run", self.engine(), "--prompt", "Hello", "--max-tokens", 6)
        told = json.loads(self.assert_ok("run", self.engine(), "--prompt", "Hello", "--max-tokens", 6, "--json").stdout)
        self.assertEqual(done.stdout, told["text"])
        self.assertIn("tokens/s", done.stderr)
        self.assertEqual(len(told["token_ids"]), 6)
        self.assertEqual(told["finish_reason"], "length")
        self.assertGreater(told["timings"]["prefill_ms"], 0)
        self.assertGreater(told["timings"]["decode_ms_per_token"], 0)
        ids = json.loads(self.assert_ok("tokenize", self.engine(), "--text", "Hello").stdout)["ids"]
        self.assertEqual(told["prompt_tokens"], len(ids))

    def answer(self, *flags):
        return json.loads(self.assert_ok("run", self.engine(), "--token-ids", "5,6,7", "--json", *flags).stdout)

    def test_greedy_follows_the_golden_logits(self):
        golden = read_safetensors(GQA / "golden.safetensors")
        _, ids, _ = golden["token_ids.0"]
        shape, logits, _ = golden["logits.0"]
        last = logits[-shape[1]:]
        told = json.loads(self.assert_ok("run", self.engine(), "--token-ids", ",".join(map(str, ids)), "--max-tokens", 1, "--json").stdout)
        self.assertEqual(told["token_ids"], [max(range(shape[1]), key=lambda i: last[i])])

    def test_limits_and_chunks_change_nothing(self):
        whole = self.answer("--max-tokens", 30)["token_ids"]
        for flags in (["--max-num-tokens", 2], ["--max-seq-len", 64], ["--threads", 1], ["--max-batch-size", 1], ["--cpu-isa", "avx2"]):
            self.assertEqual(self.answer("--max-tokens", 30, *flags)["token_ids"], whole, flags)
        self.assertEqual(json.loads(self.assert_ok("run", self.engine("llama_gqa", "--block-size", 16), "--token-ids", "5,6,7", "--json",
                                                   "--max-tokens", 30).stdout)["token_ids"], whole)

    def test_a_seed_repeats_an_answer(self):
        flags = ["--max-tokens", 20, "--temperature", 1.5, "--top-k", 50, "--top-p", 0.95, "--min-p", 0.001]
        first = self.answer(*flags, "--seed", 1)["token_ids"]
        self.assertEqual(first, self.answer(*flags, "--seed", 1)["token_ids"])
        self.assertNotEqual(first, self.answer(*flags, "--seed", 2)["token_ids"])
        done = self.assert_ok("run", self.engine(), "--token-ids", "5,6,7", "--max-tokens", 20, "--temperature", 1, "--json")
        seed = next(line.split()[1] for line in done.stderr.splitlines() if line.startswith("seed "))
        self.assertEqual(self.answer("--max-tokens", 20, "--temperature", 1, "--seed", seed)["token_ids"],
                         json.loads(done.stdout)["token_ids"])

    def test_penalties_reach_the_sampler(self):
        plain = self.answer("--max-tokens", 60, "--ignore-eos")["token_ids"]
        for flag, value in (("--repetition-penalty", 2), ("--presence-penalty", 2), ("--frequency-penalty", 2)):
            self.assertNotEqual(self.answer("--max-tokens", 60, "--ignore-eos", flag, value)["token_ids"], plain, flag)

    def test_a_stop_string_ends_the_text_before_it(self):
        whole = self.answer("--max-tokens", 12)["text"]
        stop = whole[4:6]
        cut = self.answer("--max-tokens", 12, "--stop", stop, "--stop", "never to be seen")
        self.assertEqual(cut["text"], whole[:whole.index(stop)])
        self.assertEqual(cut["finish_reason"], "stop")

    def test_the_context_ends_an_answer(self):
        told = self.answer("--max-seq-len", 20, "--ignore-eos")
        self.assertEqual((len(told["token_ids"]), told["finish_reason"]), (17, "length"))

    def test_a_chat_prompt_goes_through_the_template(self):
        told = json.loads(self.assert_ok("run", self.engine(), "--chat", "--prompt", "Hi", "--system", "Be brief.", "--max-tokens", 1,
                                         "--json").stdout)
        messages = write("chat.json", json.dumps([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]))
        text = self.assert_ok("template", self.engine(), "--messages", messages).stdout
        ids = json.loads(self.assert_ok("tokenize", self.engine(), f"--text={text}", "--no-special").stdout)["ids"]
        self.assertEqual(told["prompt_tokens"], len(ids))

    def test_a_chat_keeps_the_cache_across_turns(self):
        done = self.assert_ok("run", self.engine(), "--chat", "--max-tokens", 8, "--json",
                              stdin="Hello there\n\nAnd again\n")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), 2)
        self.assertGreater(answers[1]["prompt_tokens"], answers[0]["prompt_tokens"] + 8)
        self.assertNotIn("from the cache", done.stderr.splitlines()[0])
        self.assertIn("from the cache", done.stderr.splitlines()[1])

    def test_a_full_context_is_said_and_the_chat_goes_on(self):
        done = self.assert_ok("run", self.engine(), "--chat", "--max-tokens", 4, "--json", stdin="Hi\n" + "long " * 200 + "\nBye\n")
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertIn("the context is full", done.stderr)

    def test_an_interrupt_stops_the_answer_and_not_the_chat(self):
        def lengthen(folder):  # so that no answer ends before the signal comes
            config = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 8192}))
        engine = scratch("long.engine")
        self.assert_ok("build", self.copy_of(CHECKPOINTS / "llama_gqa", "long_gqa", lengthen), "--output", engine)
        chat = subprocess.Popen([binary(), "run", str(engine), "--chat", "--ignore-eos", "--max-tokens", "4000", "--threads", "1"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        chat.stdin.write(b"Hello\n")
        chat.stdin.flush()
        first = chat.stdout.read(1)  # the answer has begun
        chat.send_signal(signal.SIGINT)
        out, err = chat.communicate(b"Again\n", timeout=60)
        self.assertEqual(chat.returncode, 0, err)
        self.assertTrue(first)
        self.assertEqual(err.decode().count("tokens/s); answer"), 2, err)
        self.assertIn("cancelled", err.decode().splitlines()[0])

    def test_bad_usage(self):
        engine = self.engine()
        for flags, says in (([], "expected --prompt, --token-ids or --chat"), (["--prompt", ""], "--prompt"),
                            (["--prompt", "a", "--token-ids", 1], ("--token-ids", "--prompt")),
                            (["--token-ids", "1,x"], ("--token-ids", "'x'")), (["--token-ids", 99999], "99999"),
                            (["--prompt", "a", "--system", "b"], "--system"), (["--prompt", "a", "--max-tokens", 0], "--max-tokens"),
                            (["--prompt", "a", "--temperature", -1], ("--temperature", "-1")),
                            (["--prompt", "a", "--temperature", "hot"], ("--temperature", "'hot'")),
                            (["--prompt", "a", "--top-p", 2], ("--top-p", "2")), (["--prompt", "a", "--top-k", -1], "--top-k"),
                            (["--prompt", "a", "--min-p", 2], "--min-p"), (["--prompt", "a", "--repetition-penalty", 0], "--repetition-penalty"),
                            (["--prompt", "a", "--presence-penalty", 9], "--presence-penalty"),
                            (["--prompt", "a", "--frequency-penalty", 9], "--frequency-penalty"),
                            (["--prompt", "a", "--seed", -1], "--seed"), (["--prompt", "a", "--stop", ""], "stop"),
                            (["--prompt", "a", "--threads", 0], "--threads"), (["--prompt", "a", "--cpu-isa", "sse"], ("--cpu-isa", "avx2")),
                            (["--prompt", "a", "--device", "gpu"], ("--device", "cuda:0")),
                            (["--prompt", "a", "--max-seq-len", 999999], ("--max-seq-len", "128")),
                            (["--prompt", "a", "--kv-cache-fraction", 2], "--kv-cache-fraction"),
                            (["--prompt", "a", "--kv-cache-fraction", 0.5, "--kv-cache-bytes", 99999], "--kv-cache-bytes"),
                            (["--prompt", "a", "--weights", "/no/such"], ("--weights", "/no/such"))):
            with self.subTest(flags):
                self.assert_fails(2, "run", engine, *flags, says=says)

    def test_failures(self):
        engine = self.engine()
        self.assert_fails(1, "run", engine, "--prompt", "long " * 200, says="maximum context length is 128")
        self.assert_fails(4, "run", engine, "--prompt", "a", "--kv-cache-bytes", 10, says="10 bytes")
        self.assert_fails(3, "run", engine, "--prompt", "a", "--weights", CHECKPOINTS / "glm", says="fingerprint")
        self.assert_fails(3, "run", CHECKPOINTS, "--prompt", "a", says="engine.json")
        self.assert_fails(3, "run", self.engine("glm"), "--prompt", "a", says="tokenizer")
        self.assert_fails(3, "run", self.engine("gpt2"), "--chat", "--prompt", "a", says="chat template")
        self.assert_fails(4, "run", engine, "--prompt", "a", "--device", "cuda:0", says="cuda:0")
        self.assert_fails(4, "run", engine, "--prompt", "a", "--kv-cache-bytes", 10**14, says="100000000000000 bytes")

    def test_weights_of_the_same_shape(self):
        copy = scratch("fine_tune")
        shutil.copytree(GQA, copy)
        told = self.answer("--max-tokens", 5)
        self.assertEqual(self.answer("--max-tokens", 5, "--weights", copy)["token_ids"], told["token_ids"])

    def test_broken_engines(self):
        def broken(name, change):
            copy = scratch(name)
            shutil.copytree(self.engine(), copy)
            change(copy / "engine.json")
            return copy

        def edit(path, old, new):
            text = path.read_text()
            self.assertIn(old, text)
            path.write_text(text.replace(old, new, 1))

        for name, change, says in (
                ("cut.engine", lambda p: p.write_text(p.read_text()[:1000]), "engine.json"),
                ("version.engine", lambda p: edit(p, '"format_version": 3', '"format_version": 99'), "format_version"),
                ("kernel.engine", lambda p: edit(p, "rms_norm.cpu", "rms_norm.tpu"), "rms_norm.tpu"),
                ("tokenizer.engine", lambda p: (p.parent / "tokenizer.json").write_text("{}"), "tokenizer.json"),
                ("moved.engine", lambda p: edit(p, str(GQA), "/moved/away"), ("engine.json", "hash", "lathe build"))):
            with self.subTest(name):
                self.assert_fails(3, "run", broken(name, change), "--prompt", "a", says=says)


class Tokenize(CommandCase):
    def ids(self, *flags):
        return json.loads(self.assert_ok("tokenize", *flags).stdout)["ids"]

    def test_engine_and_checkpoint_agree_with_the_golden_ids(self):
        for case in json.loads((GQA / "golden_text.json").read_text())["texts"][:12]:
            if "\0" not in case["text"]:
                self.assertEqual(self.ids(GQA, f"--text={case['text']}"), case["ids_with_special"])
                self.assertEqual(self.ids(self.engine(), f"--text={case['text']}", "--no-special"), case["ids"])

    def test_text_file_lines_and_back(self):
        path = write("lines.txt", "one\n\n-- two\n")
        self.assertEqual(self.ids(GQA, "--text-file", path), self.ids(GQA, "--text=one\n\n-- two\n"))
        lines = [json.loads(line) for line in self.assert_ok("tokenize", GQA, "--lines", path).stdout.splitlines()]
        self.assertEqual(lines, [self.ids(GQA, "--text=one"), self.ids(GQA, "--text="), self.ids(GQA, "--text=-- two")])
        ids = ",".join(map(str, self.ids(GQA, "--text=grüße 世界", "--no-special")))
        self.assertEqual(self.assert_ok("tokenize", GQA, "--detokenize", "--token-ids", ids).stdout, "grüße 世界")
        self.assertEqual(json.loads(self.assert_ok("tokenize", GQA, "--detokenize", "--token-ids", ids, "--json").stdout), {"text": "grüße 世界"})

    def test_bad_usage(self):
        self.assert_fails(2, "tokenize", says="SOURCE")
        self.assert_fails(2, "tokenize", GQA, says="--text")
        self.assert_fails(2, "tokenize", GQA, "--text", "a", "--lines", write("l", "a"), says="got 2")
        self.assert_fails(2, "tokenize", GQA, "--detokenize", says="--token-ids")
        self.assert_fails(2, "tokenize", GQA, "--text", "a", "--token-ids", "1", says="--detokenize")
        self.assert_fails(2, "tokenize", GQA, "--detokenize", "--token-ids", "1,99999", says="99999")
        self.assert_fails(3, "tokenize", CHECKPOINTS / "glm", "--text", "a", says="tokenizer")

    def test_broken_tokenizers(self):
        for name, content in (("empty", "{}"), ("cut", (GQA / "tokenizer.json").read_text()[:5000]), ("list", "[1]")):
            copy = scratch(f"tokenizer_{name}")
            shutil.copytree(GQA, copy)
            (copy / "tokenizer.json").write_text(content)
            self.assert_fails(3, "tokenize", copy, "--text", "a", says="tokenizer.json")


class Template(CommandCase):
    HELLO = [{"role": "user", "content": "Hello"}]

    def test_renders(self):
        messages = write("hello.json", json.dumps(self.HELLO))
        expected = "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
        self.assertEqual(self.assert_ok("template", GQA, "--messages", messages, "--no-generation-prompt").stdout, expected)
        self.assertEqual(self.assert_ok("template", self.engine(), "--messages", messages).stdout,
                         expected + "<|start_header_id|>assistant<|end_header_id|>\n\n")

    def test_bad_usage(self):
        self.assert_fails(2, "template", GQA, says="--messages")
        for name, text in (("cut", '[{"role"'), ("object", "{}"), ("null", "null")):
            self.assert_fails(2, "template", GQA, "--messages", write(f"{name}.json", text), says=("--messages", f"{name}.json"))
        self.assert_fails(3, "template", CHECKPOINTS / "gpt2", "--messages", write("hello.json", json.dumps(self.HELLO)), says="chat template")

    def test_a_broken_template(self):
        copy = scratch("template_broken")
        shutil.copytree(GQA, copy)
        (copy / "chat_template.jinja").write_text("{% for x in messages %}{{ x.content }}")
        self.assert_fails(3, "template", copy, "--messages", write("hello.json", json.dumps(self.HELLO)), says="chat template")
        self.assert_ok("tokenize", copy, "--text", "a")  # the tokenizer works without it


class EvalLogits(CommandCase):
    def logits(self, engine, *flags):
        out = scratch("logits.safetensors")
        self.assert_ok("eval", "logits", engine, "--output", out, *flags)
        return read_safetensors(out)

    def test_agrees_with_the_golden_logits_however_it_is_cut(self):
        golden = read_safetensors(GQA / "golden.safetensors")
        prompts = [list(golden[f"token_ids.{i}"][1]) for i in range(3)]
        for block_size in (16, 64):
            engine = self.engine("llama_gqa", "--block-size", block_size)
            whole = []
            for i, ids in enumerate(prompts):
                flags = ["--token-ids", ",".join(map(str, ids))]
                shape, values, raw = self.logits(engine, *flags)["logits"]
                self.assertEqual(shape, [len(ids), golden[f"logits.{i}"][0][1]])
                reference = golden[f"logits.{i}"][1]
                error = max(abs(a - b) for a, b in zip(values, reference)) / (max(reference) - min(reference))
                self.assertLess(error, 2e-4)
                for cut in (["--chunk", 7], ["--decode"], ["--max-num-tokens", 5], ["--threads", 1]):
                    self.assertEqual(self.logits(engine, *flags, *cut)["logits"][2], raw, (block_size, i, cut))
                whole.append(raw)
            order = [0, 2, 1, 2, 0, 2, 0, 2]  # three contexts and five generations
            generated = [0, 0, 0, 20, 18, 5, 1, 74]
            mixed = write("mixed.json", json.dumps([{"token_ids": prompts[p], "generated": k} for p, k in zip(order, generated)]))
            found = self.logits(engine, "--mixed", mixed)
            for i, prompt in enumerate(order):
                self.assertEqual(found[f"logits.{i}"][2], whole[prompt], (block_size, i))

    def test_bad_usage(self):
        engine, out = self.engine(), scratch("none.safetensors")
        self.assert_fails(2, "eval", "logits", engine, "--token-ids", "1", says="--output")
        self.assert_fails(2, "eval", "logits", engine, "--output", out, says="--token-ids")
        self.assert_fails(2, "eval", "logits", engine, "--output", out, "--token-ids", "1", "--chunk", 2, "--decode", says="--chunk")
        self.assert_fails(2, "eval", "logits", engine, "--output", out, "--token-ids", "1,99999", says="99999")
        self.assert_fails(2, "eval", "logits", engine, "--output", "/no/folder/x", "--token-ids", "1", says="/no/folder")
        for name, text in (("cut", "["), ("empty", "[]"), ("ids", '[{"token_ids": [1.5]}]'), ("more", '[{"token_ids": [1], "generated": 2}]')):
            self.assert_fails(2, "eval", "logits", engine, "--output", out, "--mixed", write(f"{name}.json", text))
        self.assert_fails(1, "eval", "logits", engine, "--output", out, "--token-ids", ",".join(["1"] * 129), says="128")
        self.assertFalse(out.exists())


class EvalPerplexity(CommandCase):
    def test_scores_the_second_half_of_each_window(self):
        text = ROOT / "tools/golden/corpus.txt"
        flags = ["eval", "perplexity", self.engine(), "--text", text, "--context", 64]
        found = json.loads(self.assert_ok(*flags, "--json").stdout)
        tokens = len(json.loads(self.assert_ok("tokenize", self.engine(), "--text-file", text).stdout)["ids"])
        self.assertEqual(found["tokens"], tokens // 64 * 31)
        self.assertGreater(found["perplexity"], 1)
        self.assertIn("perplexity ", self.assert_ok(*flags).stdout)

    def test_bad_usage(self):
        self.assert_fails(2, "eval", "perplexity", self.engine(), says="--text")
        self.assert_fails(2, "eval", "perplexity", self.engine(), "--text", write("short.txt", "short"), "--context", 64, says="64")
        self.assert_fails(2, "eval", "perplexity", self.engine(), "--text", ROOT, says="--text")
        self.assert_fails(1, "eval", "perplexity", self.engine(), "--text", ROOT / "tools/golden/corpus.txt", "--context", 500, says="128")


class Inspect(CommandCase):
    def test_every_op_has_rule_formula_and_a_reference_file(self):
        ops = json.loads(self.assert_ok("inspect", "--ops", "--json").stdout)["ops"]
        self.assertGreater(len(ops), 30)
        for op in ops:
            self.assertTrue(op["formula"] and op["rule"] and op["kernels"], op["name"])
            self.assertTrue((ROOT / op["reference"]).exists(), op["reference"])

    def test_text_names_every_op(self):
        text = self.assert_ok("inspect", "--ops").stdout
        for name in ("rms_norm", "paged_attention", "linear"):
            self.assertIn(f"\n{name}\n", text)

    def test_an_engine(self):
        page = scratch("page.html")
        facts = json.loads(self.assert_ok("inspect", self.engine(), "--json", "--html", page, "--verify").stdout)
        self.assertIn("plans", facts)
        self.assertTrue(page.read_text().startswith("<!doctype html>"))
        self.assertIn("rms_norm", page.read_text())
        self.assertIn("rms_norm", self.assert_ok("inspect", self.engine()).stdout)

    def test_failures(self):
        self.assert_fails(2, "inspect", says="ENGINE")
        self.assert_fails(2, "inspect", "--ops", ROOT, says="--ops")
        self.assert_fails(3, "inspect", ROOT, says="engine.json")
        self.assert_fails(2, "inspect", self.engine(), "--html", "/no/folder/x.html", says="/no/folder")


class Diff(CommandCase):
    def test_a_sound_engine_does_not_drift(self):
        report = json.loads(self.assert_ok("diff", self.engine(), "--prompt", "Hello, world!", "--json").stdout)
        self.assertIsNone(report["first"])
        self.assertGreater(report["values_compared"], 10)

    def test_a_planted_fault_is_named(self):
        planted = self.engine("llama_gqa", "--plant", "rms_norm")
        done = lathe("diff", planted, "--token-ids", "1,2,3", "--json")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(json.loads(done.stdout)["first"]["op"], "rms_norm")

    def test_bad_usage(self):
        self.assert_fails(2, "diff", self.engine(), says="--prompt")
        self.assert_fails(2, "diff", self.engine(), "--token-ids", "99999", says="99999")
        self.assert_fails(2, "diff", self.engine(), "--prompt", "a", "--against", "/no/such", says="/no/such")


class BenchLatency(CommandCase):
    def test_a_figure_a_round(self):
        found = json.loads(self.assert_ok("bench", "latency", self.engine(), "--prompt-tokens", 20, "--output-tokens", 5, "--batch", 3,
                                          "--repeat", 2, "--threads", 1, "--json").stdout)
        for name in ("prefill_tokens_per_s", "decode_tokens_per_s", "decode_ms_per_token"):
            self.assertEqual(len(found[name]), 2)
            self.assertTrue(all(value > 0 for value in found[name]))
        self.assertEqual(found["threads"], 1)
        self.assertAlmostEqual(found["decode_tokens_per_s"][0] * found["decode_ms_per_token"][0], 3000, delta=0.1)

    def test_failures(self):
        self.assert_fails(1, "bench", "latency", self.engine(), "--prompt-tokens", 200, says="128")
        self.assert_fails(2, "bench", "latency", self.engine(), "--repeat", 0, says="--repeat")


class BenchKernels(CommandCase):
    def test_every_kernel_of_an_engine(self):
        found = json.loads(self.assert_ok("bench", "kernels", self.engine(), "--threads", 1, "--json").stdout)
        self.assertGreater(found["ceilings"]["fma_flops_per_s"], 1e8)
        self.assertGreater(found["ceilings"]["read_bytes_per_s"], 1e8)
        kinds = {row["op"] for row in found["kernels"]}
        self.assertTrue({"linear", "paged_attention", "rope_kv_write", "embedding"} <= kinds, kinds)
        for row in found["kernels"]:
            self.assertGreater(row["us"], 0, row)
            self.assertGreaterEqual(row["steps"], 1, row)

    def test_a_problem_file(self):
        path = write("rms_norm.txt", "tokens=3 | {} | f32[tokens, 64], f32[64]\n")
        self.assertIn("rms_norm.cpu.avx2", self.assert_ok("bench", "kernels", "--problems", path).stdout)
        path.write_text("tokens=3 | {}\n")
        self.assert_fails(3, "bench", "kernels", "--problems", path, says="rms_norm.txt:1")

    def test_bad_usage(self):
        self.assert_fails(2, "bench", "kernels", says="--problems")
        self.assert_fails(2, "bench", "kernels", "--problems", "/no/such", says="/no/such")


if __name__ == "__main__":
    cli_case.main()
