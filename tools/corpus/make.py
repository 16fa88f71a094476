#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make.py [FUZZER...]: writes the corpora that are made by rule: tests/corpus/FUZZER/NAME, and beside them
tests/corpus/FUZZER.expected with a line "NAME<TAB>ok or a part of the message" each, which unit tests read."""
import pathlib
import sys

import checkpoints
import configs
import containers
import manifests

CORPORA = {**containers.CORPORA, **checkpoints.CORPORA, **configs.CORPORA, **manifests.CORPORA}
OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "tests/corpus"


def write(fuzzer):
    folder = OUTPUT / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    cases = list(CORPORA[fuzzer]())
    for stale in set(path.name for path in folder.iterdir()) - {case.name for case in cases}:
        (folder / stale).unlink()
    for case in cases:
        (folder / case.name).write_bytes(case.data)
    lines = [f"{case.name}\t{case.expected}\n" for case in sorted(cases, key=lambda case: case.name)]
    (OUTPUT / f"{fuzzer}.expected").write_text("".join(lines))
    print(f"{fuzzer}: {len(cases)} files")


if __name__ == "__main__":
    for fuzzer in sys.argv[1:] or CORPORA:
        write(fuzzer)
