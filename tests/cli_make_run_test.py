#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_make_run_test.py LATHE [unittest arguments]: `make run`, without its build and with a tiny checkpoint for the model."""
import json
import os
import shutil
import subprocess

import cli_case
from cli_case import GQA, ROOT, CommandCase, binary, scratch

# A program that says which words it got.
ECHO = """#!/usr/bin/env python3
import json, sys
print(json.dumps(sys.argv[1:]))
"""


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


class MakeRun(CommandCase):
    def setUp(self):
        """A tree that has the Makefile and the script; what would install, build and fetch does nothing."""
        self.tree, self.cache = scratch(f"{self.id()}.tree"), scratch(f"{self.id()}.cache")
        self.cache.mkdir()
        (self.tree / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", self.tree)
        shutil.copy(ROOT / "tools/run.sh", self.tree / "tools")
        self.model = scratch(f"{self.id()}.model")
        shutil.copytree(GQA, self.model)
        config = json.loads((self.model / "config.json").read_text())
        (self.model / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 1024}))
        for name in ("bin/cmake", "tools/install_deps.sh"):
            program(self.tree / name, "#!/bin/sh\n")
        program(self.tree / "tools/fetch_smollm2.sh", f"#!/bin/sh\necho '{self.model}'\n")
        (self.tree / "build").mkdir()

    def use(self, lathe):
        """The program that the tree has built."""
        (self.tree / "build/lathe").unlink(missing_ok=True)
        (self.tree / "build/lathe").symlink_to(lathe)

    def make_run(self, *words):
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        environment |= {"PATH": f"{self.tree / 'bin'}:{os.environ['PATH']}", "LATHE_CACHE": str(self.cache)}
        return subprocess.run(["make", "run", *words], cwd=self.tree, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120)

    def answer(self, *words):
        done = self.make_run(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(done.stdout.strip(), "")
        return done

    def test_it_builds_once_and_answers(self):
        self.use(binary())
        first = self.answer()
        self.assertIn("building ", first.stderr)
        self.assertIn("> What is a lathe?", first.stderr)
        self.assertIn("tokens", first.stderr)
        second = self.answer("PROMPT=Hello there")
        self.assertNotIn("building ", second.stderr)
        self.assertNotIn("> ", second.stderr)

    def test_what_is_damaged_or_of_another_program_is_built_again(self):
        self.use(binary())
        self.answer()
        engine = next(self.cache.glob("*.engine")) / "engine.json"
        engine.write_bytes(engine.read_bytes()[:100])
        self.assertIn("building ", self.answer().stderr)
        other = shutil.copy(binary(), scratch("another_lathe"))
        with open(other, "ab") as file:
            file.write(b"\0")
        self.use(other)
        self.assertIn("building ", self.answer().stderr)

    def test_a_prompt_reaches_the_program_as_it_is(self):
        self.use(program(self.tree / "bin/echo_words", ECHO))
        for prompt in ("plain", "two  spaces ", "it's \"quoted\"", "$HOME $(HOME) ${HOME} `id` $$", "a\nb", "--help", "-x; ls #*?[a]",
                       "\\n", "ä 世界"):
            words = json.loads(self.answer(f"PROMPT={prompt}").stdout.splitlines()[-1])
            self.assertEqual(words[words.index("--chat") + 1], f"--prompt={prompt}")

    def test_a_model_that_is_not_there_ends_it(self):
        self.use(binary())
        program(self.tree / "tools/fetch_smollm2.sh", "#!/bin/sh\necho 'error: no network' >&2\nexit 1\n")
        done = self.make_run()
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual((done.stdout, list(self.cache.iterdir())), ("", []))
        self.assertIn("error: no network", done.stderr)

    def test_a_model_that_is_bad_is_said_and_leaves_no_engine(self):
        self.use(binary())
        (self.model / "config.json").write_text("{")
        done = self.make_run()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("config.json", done.stderr)
        self.assertEqual(list(self.cache.iterdir()), [])


if __name__ == "__main__":
    cli_case.main()
