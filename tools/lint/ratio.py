#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Test lines per product line, a module a row; the aim is 0.6. Fails only where it finds no product line.

Product lines leave out device sources (.cuh) and tables that a script writes (their first lines say "do not edit").
Test lines are those of tests, fuzzers, and of the scripts that make what tests compare with: the numpy and
transformers references of tools/golden, the broken files of tools/corpus; and the cases of tests/data/passes, which are
written by hand. Other data is counted on neither side.
"""
import collections
import sys

from tree import ROOT, files

AIM = 0.6


TEST_FOLDERS = ("tests/", "tools/golden/", "tools/corpus/")


def module_of(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "lathe" else parts[0]


def main():
    product, tests = collections.Counter(), collections.Counter()
    for name in files("*.h", "*.cc", "*.py", "*.sh", "tests/data/passes/*.txt"):
        lines = (ROOT / name).read_text().splitlines()
        if any("do not edit" in line for line in lines[:5]):
            continue
        if name.startswith(TEST_FOLDERS) or name.endswith(("_test.cc", "_fuzz.cc", "_test.py")):
            tests[module_of(name)] += len(lines)
        elif name.startswith(("lathe/", "apps/", "capi/", "python/", "triton/")):
            product[module_of(name)] += len(lines)
    for module in sorted(product | tests):
        print(f"  {module:12} product {product[module]:6}  tests {tests[module]:6}")
    if not product.total():
        print("ratio: no product line found: is the tree where it should be?")
        return 1
    ratio = tests.total() / product.total()
    print(f"ratio: {tests.total()} test lines to {product.total()} product lines = {ratio:.2f} (aim {AIM})"
          + ("" if ratio >= AIM else ": BELOW THE AIM"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
