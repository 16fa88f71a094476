#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_test.py LATHE [unittest arguments]: the command's promises, kept by the binary itself.

Exit codes (0 ok, 1 failure, 2 usage, 3 bad model, 4 device), one-line errors that name the flag or file, results on stdout.
"""
import json
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
LATHE = None


def lathe(*words, stdin="", timeout=60, env=None):
    return subprocess.run([LATHE, *map(str, words)], input=stdin, text=True, capture_output=True, timeout=timeout, env=env)


class CommandCase(unittest.TestCase):
    def assert_ok(self, *words, **options):
        done = lathe(*words, **options)
        self.assertEqual(done.returncode, 0, f"lathe {words}: {done.stderr}")
        return done

    def assert_fails(self, code, *words, says=(), **options):
        """Exit code `code`, nothing on stdout, one `error: …` line that holds every word of `says`."""
        done = lathe(*words, **options)
        self.assertEqual(done.returncode, code, f"lathe {words}: {done.stderr}")
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        self.assertEqual(len(errors), 1, f"lathe {words}: {done.stderr!r}")
        self.assertEqual(done.stderr.splitlines()[-1], errors[0])
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, errors[0], f"lathe {words}")
        self.assertEqual(done.stdout, "", f"lathe {words}")


class Frame(CommandCase):
    def test_version_and_help(self):
        self.assertRegex(self.assert_ok("--version").stdout, r"^lathe \d+\.\d+\.\d+\n$")
        overview = self.assert_ok("--help").stdout
        for name in COMMANDS:
            self.assertIn(name, overview)

    def test_every_command_has_help_with_an_example(self):
        for name in COMMANDS:
            text = self.assert_ok(*name.split(), "--help").stdout
            self.assertIn("Examples:", text)
            self.assertIn(f"  lathe {name}", text)
            self.assertIn("LATHE_LOG_LEVEL", text)

    def test_usage_errors(self):
        self.assert_fails(2, says="sub-command")
        self.assert_fails(2, "devics", says="did you mean `lathe devices`?")
        self.assert_fails(2, "frobnicate", says="unknown sub-command 'frobnicate'")
        for name in COMMANDS:
            self.assert_fails(2, *name.split(), "--log-leve=info", says=("'--log-leve'", "did you mean --log-level?"))
            self.assert_fails(2, *name.split(), "--log-level", says=("--log-level", "got none"))
            self.assert_fails(2, *name.split(), "--log-level=loud", says=("expected one of debug", "'loud'"))

    def test_flags_come_from_the_environment(self):
        env = {"LATHE_JSON": "1"}
        self.assertIn("devices", json.loads(self.assert_ok("devices", env=env).stdout))
        self.assert_fails(2, "devices", says="'perhaps'", env={"LATHE_JSON": "perhaps"})

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([LATHE, "devices"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: standard output", done.stderr)


class Devices(CommandCase):
    def test_lists_the_cpu_first(self):
        self.assertTrue(self.assert_ok("devices").stdout.startswith("cpu:0 "))
        found = json.loads(self.assert_ok("devices", "--json").stdout)
        self.assertEqual(found["devices"][0]["kind"], "cpu")
        self.assertGreaterEqual(found["devices"][0]["num_processors"], 1)


class InspectOps(CommandCase):
    def test_every_op_has_rule_formula_and_a_reference_file(self):
        ops = json.loads(self.assert_ok("inspect", "--ops", "--json").stdout)["ops"]
        self.assertGreater(len(ops), 30)
        for op in ops:
            self.assertTrue(op["formula"] and op["rule"], op["name"])

    def test_text_names_every_op(self):
        text = self.assert_ok("inspect", "--ops").stdout
        for name in ("rms_norm", "paged_attention", "linear"):
            self.assertIn(f"\n{name}\n", text)

    def test_bad_usage(self):
        self.assert_fails(2, "inspect", says="ENGINE")
        self.assert_fails(2, "inspect", "--ops", ROOT, says="--ops")
        self.assert_fails(2, "inspect", "/no/such/engine", says=("ENGINE", "/no/such/engine"))


COMMANDS = ["inspect", "devices"]

if __name__ == "__main__":
    LATHE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv)
