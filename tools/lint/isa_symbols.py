#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""isa_symbols.py BUILD: objects compiled for AVX-512 define no symbol that another object could be linked to.

The linker keeps one of several weak definitions (inline functions, templates). Were it one with AVX-512 instructions,
a machine without them would die in code that never asked for them. So such files put their own templates into unnamed
namespaces, and use no inline function of others that the compiler does not inline.
"""
import json
import pathlib
import subprocess
import sys

ALLOWED = {"DW.ref.__gxx_personality_v0"}  # a pointer, the same in every object


def objects(build):
    """The objects of the build's own files that are compiled with AVX-512."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = entry["command"].split()
        if "-mavx512f" in words:
            yield pathlib.Path(entry["directory"]) / words[words.index("-o") + 1]


def weak_symbols(path):
    text = subprocess.run(["nm", "--defined-only", path], check=True, capture_output=True, text=True).stdout
    symbols = [line.split()[-2:] for line in text.splitlines()]
    return sorted(name for kind, name in symbols if kind in "WVu" and name not in ALLOWED)


def main():
    build = pathlib.Path(sys.argv[1])
    paths = [path for path in objects(build) if path.exists()]
    if not paths:
        sys.exit(f"isa_symbols: {build}: expected objects compiled with -mavx512f, found none")
    found = [f"{path}: {name}" for path in paths for name in weak_symbols(path)]
    if found:
        sys.exit("isa_symbols: weak symbols in objects of one instruction set:\n" + "\n".join(found))
    print(f"isa_symbols: {len(paths)} objects, none lends its instances to others")


if __name__ == "__main__":
    main()
