#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Engines that were cut, changed, moved or mixed up: exit 3, one line that names the file, nothing on stdout, never a crash."""
import json
import pathlib
import random
import shutil
import struct

import cli_case
from cli_case import CHECKPOINTS, GQA, CommandCase, lathe, scratch, write

REBUILD = "lathe build"


def edit_manifest(change):
    def apply(folder):
        path = folder / "engine.json"
        manifest = json.loads(path.read_text())
        change(manifest)
        manifest["hash"] = ""  # the reader is to look at the fields
        path.write_text(json.dumps(manifest))
    return apply


def put(*path_and_value):
    """A change of the manifest: the last word is the value of the field that the words before lead to."""
    *path, last, value = path_and_value

    def change(manifest):
        for part in path:
            manifest = manifest[part]
        manifest[last] = value
    return edit_manifest(change)


MANIFEST_LIES = {  # what is changed, and what the message says of it
    "format_version_0": (put("format_version", 0), ("format_version", REBUILD)),
    "format_version_next": (put("format_version", 1000), ("format_version 1000", REBUILD)),
    "format_version_text": (put("format_version", "1"), "format_version"),
    "format_version_null": (put("format_version", None), "format_version"),
    "no_plans": (put("plans", []), "plans"),
    "plans_object": (put("plans", {}), "plans"),
    "vocab_text": (put("model", "vocab", "many"), "vocab"),
    "family_number": (put("model", "family", 7), "family"),
    "files_outside": (put("files", 0, "name", "../../etc/passwd"), "not a name in the folder"),
    "files_bytes": (put("files", 0, "bytes", 3), "expected 3 bytes"),
    "files_hash": (put("files", 0, "hash", "0" * 16), "hash"),
    "files_missing": (put("files", 0, "name", "absent.json"), "absent.json"),
    "fingerprint": (put("checkpoint", "fingerprint", "0" * 16), "fingerprint"),
    "checkpoint_moved": (put("checkpoint", "path", "/moved/away"), "/moved/away"),
    "no_steps": (put("plans", 0, "steps", []), "logits"),
    "no_targets": (put("plans", 0, "targets", []), "targets"),
    "op": (put("plans", 0, "steps", 0, "op", "embeddin"), "embeddin"),
    "kernel": (put("plans", 0, "steps", 0, "kernels", 0, "choices", 0, "kernel", "embedding.cpu.gone"), "embedding.cpu.gone"),
    "inputs": (put("plans", 0, "steps", 0, "inputs", [99999]), "99999"),
    "outputs": (put("plans", 0, "outputs", 0, "value", -1), "logits"),
    "block_size": (put("plans", 0, "block_size", 63), "63"),
    "block_size_negative": (put("plans", 0, "block_size", -64), "-64"),
    "arena_small": (put("plans", 0, "arena_bytes", 0), "arena"),
    "arena_negative": (put("plans", 0, "arena_bytes", -64), "arena"),
    "arena_bad": (put("plans", 0, "arena_bytes", "64**tokens"), "arena_bytes"),
    "type": (put("plans", 0, "values", 0, "type", "f33[1]"), "f33"),
    "storage": (put("plans", 0, "values", 0, "storage", "cloud"), "cloud"),
    "layout": (put("plans", 0, "weights", 0, "layout", "crystal"), "target"),
    "source": (put("plans", 0, "weights", 0, "sources", 0, "tensor", "model.gone"), "model.gone"),
    "rows": (put("plans", 0, "weights", 0, "source_rows", [10**15]), "source_rows"),
    "kv_heads": (put("plans", 0, "states", 0, "spec", "kv_heads", 10**9), "state"),
}
FILE_LIES = {
    "manifest_empty": (lambda f: (f / "engine.json").write_text(""), "engine.json"),
    "manifest_cut": (lambda f: (f / "engine.json").write_bytes((f / "engine.json").read_bytes()[:-20]), "engine.json"),
    "manifest_binary": (lambda f: (f / "engine.json").write_bytes(bytes(range(256))), "engine.json"),
    "manifest_deep": (lambda f: (f / "engine.json").write_text("[" * 100000), "engine.json"),
    "manifest_list": (lambda f: (f / "engine.json").write_text("[]"), "engine.json"),
    "manifest_gone": (lambda f: (f / "engine.json").unlink(), "engine.json"),
    "manifest_folder": (lambda f: ((f / "engine.json").unlink(), (f / "engine.json").mkdir()), "engine.json"),
    "tokenizer_gone": (lambda f: (f / "tokenizer.json").unlink(), "tokenizer.json"),
    "tokenizer_longer": (lambda f: (f / "tokenizer.json").write_text((f / "tokenizer.json").read_text() + "\n"), "tokenizer.json"),
    "tokenizer_folder": (lambda f: ((f / "tokenizer.json").unlink(), (f / "tokenizer.json").mkdir()), "tokenizer.json"),
}


def flip(folder):
    """One bit of the tokenizer's file: of the same size, of another hash."""
    data = bytearray((folder / "tokenizer.json").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "tokenizer.json").write_bytes(data)


class Lies(CommandCase):
    def refused(self, name, change, says):
        with self.subTest(name):
            broken = self.copy_of(self.engine(), f"{name}.lie", change)
            self.assert_fails(3, "run", broken, "--token-ids", "1", "--max-tokens", 1, says=says)
            shutil.rmtree(broken)

    def test_a_changed_field_is_named(self):
        for name, (change, says) in MANIFEST_LIES.items():
            self.refused(name, change, says)

    def test_a_missing_field_is_named(self):
        for path in (("checkpoint",), ("model",), ("files",), ("plans",), ("dtype",), ("model", "vocab"), ("plans", 0, "steps"),
                     ("plans", 0, "values"), ("plans", 0, "weights"), ("plans", 0, "arena_bytes"), ("plans", 0, "steps", 0, "kernels")):
            def drop(manifest, path=path):
                for part in path[:-1]:
                    manifest = manifest[part]
                del manifest[path[-1]]
            self.refused("missing_" + "_".join(map(str, path)), edit_manifest(drop), f"'{path[-1]}'")

    def test_a_field_too_many_is_named(self):
        for path in ((), ("model",), ("plans", 0), ("plans", 0, "steps", 0), ("files", 0)):
            def add(manifest, path=path):
                for part in path:
                    manifest = manifest[part]
                manifest["surplus"] = 1
            self.refused("surplus_" + "_".join(map(str, path)), edit_manifest(add), "'surplus'")

    def test_a_changed_file_is_named(self):
        for name, (change, says) in FILE_LIES.items():
            self.refused(name, change, says)
        self.refused("tokenizer_flipped", flip, ("tokenizer.json", "hash", REBUILD))

    def test_every_reader_of_an_engine_refuses_the_same(self):
        broken = self.copy_of(self.engine(), "for_all.lie", put("format_version", 7))
        for words in (["inspect", broken], ["inspect", broken, "--json"], ["tokenize", broken, "--text", "a"],
                      ["diff", broken, "--token-ids", "1"], ["bench", "latency", broken], ["bench", "kernels", broken],
                      ["eval", "logits", broken, "--token-ids", "1", "--output", scratch("none")],
                      ["diff", self.engine(), "--against", broken, "--token-ids", "1"]):
            self.assert_fails(3, *words, says=("format_version", REBUILD))
        self.assertFalse(scratch("none").exists())

    def test_a_manifest_with_any_byte_changed_is_refused_or_runs(self):
        draw = random.Random(1)
        text = (self.engine() / "engine.json").read_bytes()
        for _ in range(60):
            data = bytearray(text)
            for _ in range(draw.randint(1, 3)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            broken = self.copy_of(self.engine(), "random.lie", lambda f, d=data: (f / "engine.json").write_bytes(d))
            done = lathe("run", broken, "--token-ids", "1", "--max-tokens", 1, timeout=20)
            self.assertIn(done.returncode, (0, 1, 3, 4), done.stderr)
            self.assertNotIn("check failed", done.stderr)
            shutil.rmtree(broken)


class Limits(CommandCase):
    def test_dynamic_rope_scaling_goes_by_the_sequence_and_not_by_the_limit(self):
        prompt = ",".join(str(3 + i * 7 % 150) for i in range(40))  # beyond the 32 positions of the model's training
        answers = [self.answer_json("run", self.engine("llama_dynamic"), "--token-ids", prompt, "--max-tokens", 8, "--ignore-eos",
                                    "--temperature", 0, "--max-seq-len", limit, "--json")["token_ids"] for limit in (48, 56, 64)]
        self.assertEqual(len(answers[0]), 8)
        self.assertEqual(answers, [answers[0]] * 3)


class SelfContained(CommandCase):
    def engine_of_its_own(self, name, change=lambda folder: None):
        return self.copy_of(self.engine("llama_gqa", "--self-contained"), name, change)

    def test_it_answers_as_the_one_that_reads_the_checkpoint(self):
        words = ["--token-ids", "5,6,7", "--max-tokens", 10, "--json"]
        own = self.answer_json("run", self.engine_of_its_own("own.engine"), *words)
        self.assertEqual(own["token_ids"], self.answer_json("run", self.engine(), *words)["token_ids"])

    def test_it_runs_without_its_checkpoint(self):
        copy = scratch("passing")
        shutil.copytree(GQA, copy)
        self.assert_ok("build", copy, "--output", scratch("alone.engine"), "--self-contained")
        shutil.rmtree(copy)
        self.assert_ok("run", scratch("alone.engine"), "--prompt", "Hi", "--max-tokens", 2)
        self.assert_ok("inspect", scratch("alone.engine"), "--verify")

    def test_a_flipped_byte_is_found_by_verify(self):
        def flip(folder):
            path = next(pathlib.Path(folder).glob("weights*"))
            data = bytearray(path.read_bytes())
            data[-1] ^= 1
            path.write_bytes(data)

        own = self.engine_of_its_own("flipped.own", flip)
        self.assert_ok("inspect", own)
        self.assert_fails(3, "inspect", own, "--verify", says="hash")

    def test_cut_or_absent_weights_are_named(self):
        def weights(folder):
            return next(path for path in pathlib.Path(folder).iterdir() if path.name.startswith("weights"))

        def cut(folder, size):
            data = weights(folder).read_bytes()
            weights(folder).write_bytes(data[:size])

        for name, change in (("cut_by_one", lambda f: cut(f, -1)), ("cut_to_header", lambda f: cut(f, 100)), ("empty", lambda f: cut(f, 0)),
                             ("absent", lambda f: weights(f).unlink()),
                             ("vast_header", lambda f: weights(f).write_bytes(struct.pack("<Q", 2**62) + b"{}"))):
            with self.subTest(name):
                self.assert_fails(3, "run", self.engine_of_its_own(f"{name}.own", change), "--token-ids", "1", says="weights")


class Weights(CommandCase):
    def test_another_checkpoint_of_the_shape_changes_the_answer(self):
        def other(folder):
            data = bytearray((folder / "model.safetensors").read_bytes())
            (size,) = struct.unpack("<Q", data[:8])
            values = len(data) - 8 - size
            data[8 + size:] = data[8 + size + values // 2:] + data[8 + size:8 + size + values // 2]
            (folder / "model.safetensors").write_bytes(data)
        tuned = self.copy_of(GQA, "tuned", other)
        words = ["run", self.engine(), "--token-ids", "5,6,7", "--max-tokens", 12, "--json"]
        self.assertNotEqual(self.answer_json(*words, "--weights", tuned)["token_ids"], self.answer_json(*words)["token_ids"])

    def test_explain_accounts_for_every_launch(self):
        report = json.loads(self.assert_ok("explain", self.engine(), "--batch", 3, "--context", 20, "--json").stdout)
        launches = sum(part["launches"] for part in report["parts"])
        plan = json.loads((self.engine() / "engine.json").read_text())["plans"][0]
        self.assertEqual(launches, len(plan["steps"]))
        self.assertEqual((report["ceilings"], report["parts_timed"], report["hidden_us"]), ("measured", "in the step", None))
        self.assertGreater(report["us"], 0)
        self.assertAlmostEqual(report["parts_us"], sum(part["us"] for part in report["parts"]))
        self.assertAlmostEqual(report["floor_us"], sum(part["floor_us"] for part in report["parts"]))
        self.assertTrue(all(part["us"] > 0 for part in report["parts"]), report)
        self.assertIn("floor of a step", self.assert_ok("explain", self.engine(), "--context", 9).stdout)
        self.assert_fails(1, "explain", self.engine(), "--context", 100000, says=("--context", "maximum context length"))

    def test_tune_times_kernels_for_the_next_build(self):
        times = scratch("times.json")
        first = json.loads(self.assert_ok("tune", self.engine(), "--timing-cache", times, "--json").stdout)
        self.assertGreater(first["measured"], 0)
        self.assertEqual((first["known"], first["timing_cache"]), (first["measured"], str(times)))
        self.assertEqual(set(json.loads(times.read_text())), {"version", "seconds"})
        again = json.loads(self.assert_ok("tune", self.engine(), "--timing-cache", times, "--json").stdout)
        self.assertEqual((again["measured"], again["known"], again["changes"]), (0, first["known"], first["changes"]))
        before = times.read_text()
        self.assert_ok("build", GQA, "--output", scratch("tuned.engine"), "--timing-cache", times)
        self.assertEqual(times.read_text(), before, "the build found every time")
        rebuilt = json.loads(self.assert_ok("tune", scratch("tuned.engine"), "--timing-cache", times, "--json").stdout)
        self.assertEqual((rebuilt["measured"], rebuilt["changes"]), (0, []), "it has the kernels that the times ask for")
        self.assertIn("fastest kernels already", self.assert_ok("tune", scratch("tuned.engine"), "--timing-cache", times).stdout)
        self.assert_fails(3, "tune", self.engine(), "--timing-cache", write("no.json", "{}"), says="no.json")

    def test_engines_of_different_models_are_not_compared(self):
        self.assert_fails(3, "diff", self.engine(), "--against", self.engine("qwen3"), "--token-ids", "1,2", says="different models")
        self.assert_fails(3, "diff", self.engine(), "--against", self.engine("glm4"), "--token-ids", "1,2", says="different models")

    def test_without_a_tokenizer_ids_are_shown(self):
        words = ["run", self.engine("llama_yarn"), "--token-ids", "5,6,7", "--max-tokens", 4, "--ignore-eos", "--temperature", 0]
        ids = self.answer_json(*words, "--json")["token_ids"]
        self.assertEqual(self.assert_ok(*words).stdout.strip(), ",".join(map(str, ids)))
        self.assert_fails(3, "run", self.engine("llama_yarn"), "--prompt", "Hello", says="expected a tokenizer")

    def test_a_checkpoint_that_changed_shape_since_is_refused(self):
        copy = self.copy_of(GQA, "was_gqa", lambda folder: None)
        self.assert_ok("build", copy, "--output", scratch("was.engine"))
        shutil.rmtree(copy)
        shutil.copytree(CHECKPOINTS / "llama_mha", copy)
        self.assert_fails(3, "run", scratch("was.engine"), "--token-ids", "1", says=("fingerprint", str(copy)))

    def test_a_checkpoint_that_is_gone_is_named_with_the_way_out(self):
        copy = self.copy_of(GQA, "gone", lambda folder: None)
        self.assert_ok("build", copy, "--output", scratch("gone.engine"))
        shutil.rmtree(copy)
        self.assert_fails(3, "run", scratch("gone.engine"), "--token-ids", "1", says=(str(copy), "--weights"))
        self.assert_ok("run", scratch("gone.engine"), "--token-ids", "1", "--max-tokens", 1, "--weights", GQA)


if __name__ == "__main__":
    cli_case.main()
