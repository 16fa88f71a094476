#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs_commands_test.py LATHE: runs every ```sh block of README.md and docs/**/*.md.

The blocks of one file run in order, in one shell of their own in a fresh scratch folder, with the folder of LATHE first
on PATH; the first command that fails ends the file. Blocks marked ```sh no-test are counted, and may hold only what a test
cannot run: `make …`, installing, a GPU. README.md must hold at least one command that runs.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```sh([^\n]*)\n(.*?)^```\s*$", re.M | re.S)
NOT_TESTED = re.compile(r"^(make( |$)|git clone |cd |(sudo )?apt(-get)? |(python3? -m )?pip3? install |nvidia-smi|.*\b(cuda|gpu)\b)",
                        re.I)
TIMEOUT_S = int(os.environ.get("DOCS_TIMEOUT_S", "300"))


def commands(block):
    """The commands of a block: comments and blank lines dropped, continued lines joined."""
    joined = block.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]


def read(path):
    """(blocks to run, their commands, commands marked no-test, errors) of one document."""
    run, tested, untested, errors = [], [], [], []
    for info, block in FENCE.findall(path.read_text()):
        if info.strip() == "no-test":
            untested += commands(block)
        elif info.strip():
            errors.append(f"unknown fence ```sh{info}")
        else:
            run.append(block)
            tested += commands(block)
    errors += [f"may not be marked no-test: {line}" for line in untested if not NOT_TESTED.match(line)]
    return run, tested, untested, errors


def execute(blocks, lathe):
    """Runs the blocks in one shell; returns what went wrong, or nothing."""
    script = "set -euo pipefail\n" + "\n".join(blocks)
    environment = dict(os.environ, PATH=f"{lathe.parent}:{os.environ['PATH']}", LATHE_SOURCE=str(ROOT))
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(["bash", "-xc", script], cwd=scratch, env=environment, timeout=TIMEOUT_S, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as expired:
            output = (expired.stdout or b"").decode(errors="replace")
            return [f"longer than {TIMEOUT_S} s:\n{output[-4000:]}"]
    return [f"exit code {done.returncode}:\n{done.stdout[-4000:]}"] if done.returncode else []


def documents():
    readme = ROOT / "README.md"
    return ([readme] if readme.exists() else []) + sorted((ROOT / "docs").rglob("*.md"))


def main():
    lathe = pathlib.Path(sys.argv[1]).resolve()
    if not lathe.is_file():
        sys.exit(f"docs: no such program: {lathe}")
    ran, untested, errors = 0, 0, []
    for path in documents():
        blocks, tested, skipped, found = read(path)
        if path.name == "README.md" and path.parent == ROOT and not tested:
            found.append("holds no ```sh command that runs")
        if tested and not found:
            found += execute(blocks, lathe)
        ran, untested = ran + len(tested), untested + len(skipped)
        for line in skipped:
            print(f"{path.relative_to(ROOT)}: not tested: {line}")
        errors += [f"{path.relative_to(ROOT)}: {error}" for error in found]
    print("\n".join(errors) or f"docs: {ran} commands run, {untested} marked no-test")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
