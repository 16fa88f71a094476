# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: running the binary, a scratch folder, engines built once, what an error looks like.

Each file is a program: `FILE LATHE [unittest arguments]`, and ends with `cli_case.main()`.
"""
import array
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHECKPOINTS = ROOT / "tests/data/checkpoints"
GQA = CHECKPOINTS / "llama_gqa"
COMMANDS = ["build", "diff", "run", "tokenize", "template", "eval logits", "eval perplexity", "inspect", "bench latency", "bench kernels", "explain", "tune", "devices"]
RUN_A_MODEL = ["run", "eval logits", "eval perplexity", "bench latency", "diff", "explain"]
LATHE = None  # the binary; main() sets both
SCRATCH = None


def lathe(*words, stdin="", timeout=120, env=None):
    return subprocess.run([LATHE, *map(str, words)], input=stdin, text=True, capture_output=True, timeout=timeout, env=env)


def scratch(name):
    return SCRATCH / name


def write(name, text):
    scratch(name).write_text(text)
    return scratch(name)


def read_safetensors(path):
    """name -> (shape, values, bytes)."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            raw = data[8 + size + begin:8 + size + end]
            tensors[name] = (entry["shape"], array.array({"F32": "f", "I32": "i"}[entry["dtype"]], raw), raw)
    return tensors


class CommandCase(unittest.TestCase):
    def assert_ok(self, *words, **options):
        done = lathe(*words, **options)
        self.assertEqual(done.returncode, 0, f"lathe {words}: {done.stderr}")
        return done

    def assert_fails(self, code, *words, says=(), **options):
        """Exit code `code`, nothing on stdout, one `error: …` line at the end of stderr that holds every word of `says`."""
        done = lathe(*words, **options)
        self.assertEqual(done.returncode, code, f"lathe {words}: {done.stderr}")
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        self.assertEqual(len(errors), 1, f"lathe {words}: {done.stderr!r}")
        self.assertEqual(done.stderr.splitlines()[-1], errors[0])
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, errors[0], f"lathe {words}")
        self.assertEqual(done.stdout, "", f"lathe {words}")

    def engine(self, name="llama_gqa", *flags):
        """The engine of a checkpoint, built once."""
        path = scratch("-".join([name, *map(str, flags)]) + ".engine")
        if not path.exists():
            self.assert_ok("build", CHECKPOINTS / name, "--output", path, *flags)
        return path

    def copy_of(self, path, name, change):
        """A copy of a checkpoint's or an engine's folder after `change(folder)`."""
        copy = scratch(name)
        shutil.copytree(path, copy)
        change(copy)
        return copy

    def answer_json(self, *words, **options):
        """The one JSON object that a command prints, on one line."""
        out = self.assert_ok(*words, **options).stdout
        self.assertEqual(out.count("\n"), 1, out)
        return json.loads(out)


def binary():
    return LATHE


def main():
    global LATHE, SCRATCH
    LATHE = pathlib.Path(sys.argv.pop(1)).resolve()
    for variable in [name for name in os.environ if name.startswith("LATHE_")]:
        del os.environ[variable]
    with tempfile.TemporaryDirectory(prefix="lathe_cli_test_") as folder:
        SCRATCH = pathlib.Path(folder)
        unittest.main(argv=sys.argv)
