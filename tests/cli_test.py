#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_test.py LATHE [unittest arguments]: what every command promises, and build, kept by the binary itself.

Exit codes (0 ok, 1 failure, 2 usage, 3 bad model, 4 device or memory), one-line errors that name the flag or file, results on
stdout and all else on stderr. Engines are built from tests/data/checkpoints into a scratch folder.
"""
import json
import shutil
import subprocess

import cli_case
from cli_case import COMMANDS, GQA, RUN_A_MODEL, CommandCase, binary, scratch, write


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


if __name__ == "__main__":
    cli_case.main()
