#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/ops/<op>.safetensors: problems of each op with the results that numpy computes in float64.

    make_ops.py [OP...]      all ops without a name

The problems are in ops/*.py, one file a group of ops; a new file needs no other line. Needs numpy and scipy
(requirements.txt). The same versions write the same bytes.
"""
import importlib
import pathlib
import sys

from ops import container
from ops.case import REGISTER

HERE = pathlib.Path(__file__).resolve().parent
OUTPUT = HERE.parents[1] / "tests/data/ops"
LEAST_PROBLEMS = 20
MOST_BYTES = 4_000_000  # of all files: they are in the repository


def main(names):
    for path in sorted((HERE / "ops").glob("*.py")):
        importlib.import_module(f"ops.{path.stem}")
    unknown = set(names) - set(REGISTER)
    if unknown:
        sys.exit(f"error: no problems for {', '.join(sorted(unknown))}; there are: {', '.join(sorted(REGISTER))}")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for op in names or sorted(REGISTER):
        cases = [case for function in REGISTER[op] for case in function()]
        assert len(cases) >= LEAST_PROBLEMS, f"{op}: {len(cases)} problems, expected {LEAST_PROBLEMS} or more"
        assert len({case.name for case in cases}) == len(cases), f"{op}: a name is given twice"
        path = OUTPUT / f"{op}.safetensors"
        container.write(path, cases)
        print(f"{op}: {len(cases)} problems, {path.stat().st_size} bytes")
    whole = sum(path.stat().st_size for path in OUTPUT.glob("*.safetensors"))
    if whole > MOST_BYTES:
        sys.exit(f"error: the files hold {whole} bytes, expected at most {MOST_BYTES}: make problems smaller")


if __name__ == "__main__":
    main(sys.argv[1:])
