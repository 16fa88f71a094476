#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_run_test.py LATHE [unittest arguments]: an answer and a chat: what is printed, what ends it, what flags change, what is refused."""
import json
import shutil
import signal
import subprocess

import cli_case
from cli_case import CHECKPOINTS, GQA, CommandCase, binary, read_safetensors, scratch, write


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
                ("version.engine", lambda p: edit(p, '"format_version": 4', '"format_version": 99'), "format_version"),
                ("kernel.engine", lambda p: edit(p, "rms_norm.cpu", "rms_norm.tpu"), "rms_norm.tpu"),
                ("tokenizer.engine", lambda p: (p.parent / "tokenizer.json").write_text("{}"), "tokenizer.json"),
                ("moved.engine", lambda p: edit(p, str(GQA), "/moved/away"), ("engine.json", "hash", "lathe build"))):
            with self.subTest(name):
                self.assert_fails(3, "run", broken(name, change), "--prompt", "a", says=says)


if __name__ == "__main__":
    cli_case.main()
