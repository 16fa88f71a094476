#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Size report: largest files and functions, and medians. Fails only where it finds no source file."""
import pathlib
import re
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# clang-format puts a function's opening line at column 0 or 2 and its closing brace at the same column.
OPEN = re.compile(r"^( {0,2})(?!namespace|struct|class|enum|union|extern|if|for|while|switch|else|do|\})(\S.*\(.*)\{$")


def functions(lines):
    start, indent, name = None, "", ""
    for number, line in enumerate(lines):
        if start is None:
            match = OPEN.match(line)
            if match:
                start, indent, name = number, match.group(1), match.group(2).split("(")[0].split()[-1]
        elif line.rstrip() == indent + "}":
            yield number - start + 1, name
            start = None


def main():
    product, found = [], []
    for top in ("lathe", "apps"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix not in (".h", ".cc", ".cuh"):
                continue
            lines = path.read_text().splitlines()
            if path.name.endswith(("_test.cc", "_fuzz.cc")):
                continue
            product.append((len(lines), path.relative_to(ROOT)))
            found += [(size, name, path.relative_to(ROOT)) for size, name in functions(lines)]
    if not product:
        print("sizes: no source file found: is the tree where it should be?")
        return 1
    product.sort(reverse=True)
    found.sort(key=lambda item: -item[0])
    sizes = [size for size, _ in product]
    lengths = [size for size, _, _ in found]
    print("largest files:", *(f"  {size:5} {path}" for size, path in product[:10]), sep="\n")
    print("largest functions:", *(f"  {size:5} {name}  {path}" for size, name, path in found[:10]), sep="\n")
    print(f"files {len(sizes)}, median {statistics.median(sizes):.0f} lines, p90 {sorted(sizes)[int(0.9 * len(sizes))]}")
    print(f"functions {len(lengths)}, median {statistics.median(lengths):.0f}, p90 {sorted(lengths)[int(0.9 * len(lengths))]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
