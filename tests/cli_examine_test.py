#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_examine_test.py LATHE [unittest arguments]: the commands that examine an engine: its logits, its plan, its drift, its speed."""
import json

import cli_case
from cli_case import GQA, ROOT, CommandCase, lathe, read_safetensors, scratch, write


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
        for op in ("rms_norm", "gather"):  # the gather stands before a norm, which hides a factor
            planted = self.engine("llama_gqa", "--plant", op)
            done = lathe("diff", planted, "--token-ids", "1,2,3", "--json")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual(json.loads(done.stdout)["first"]["op"], op)

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

    def test_one_step_in_place_of_three(self):
        found = self.answer_json("bench", "kernels", self.engine(), "--threads", 1, "--batch", 3, "--context", 20, "--json")
        self.assertEqual({row["problem"].split(" | ")[0] for row in found["kernels"]}, {"tokens=3"})
        plan = json.loads((self.engine() / "engine.json").read_text())["plans"][0]
        self.assertEqual(sum(row["steps"] for row in found["kernels"]), len(plan["steps"]))
        self.assert_fails(1, "bench", "kernels", self.engine(), "--context", 100000, says=("--context", "maximum context length"))

    def test_a_problem_file(self):
        path = write("rms_norm.txt", "tokens=3 | {} | f32[tokens, 64], f32[64]\n")
        self.assertIn("rms_norm.cpu.avx2", self.assert_ok("bench", "kernels", "--problems", path).stdout)
        path.write_text("tokens=3 | {}\n")
        self.assert_fails(3, "bench", "kernels", "--problems", path, says="rms_norm.txt:1")

    def test_bad_usage(self):
        self.assert_fails(2, "bench", "kernels", says="--problems")
        self.assert_fails(2, "bench", "kernels", "--problems", "/no/such", says="/no/such")
        path = write("rms_norm.txt", "tokens=3 | {} | f32[tokens, 64], f32[64]\n")
        self.assert_fails(2, "bench", "kernels", "--problems", path, "--batch", 2, says="--batch")
        self.assert_fails(2, "bench", "kernels", "--problems", path, "--device", "cuda:0", says="--device")
        self.assert_fails(4, "bench", "kernels", self.engine(), "--device", "cuda:0", says="cuda:0")


if __name__ == "__main__":
    cli_case.main()
