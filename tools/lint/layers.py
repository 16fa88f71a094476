#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every #include "lathe/..." against tools/layers.txt. Exit 1 on a violation, or when no edge is found.

`*.gen.cc` files and kernels/ptx are build side: nothing but builder, toolchain and other generators may include a
header of theirs (x.gen.h). Test files may include what their module may, and the test helpers.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#include\s+"(lathe/([a-z_]+)/[^"]+)"', re.M)
GENERATORS_OF = {"builder", "calibrate", "toolchain"}


def read_layers():
    direct = {}
    for line in (ROOT / "tools/layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            module, _, rest = line.partition(":")
            direct[module.strip()] = rest.split()
    closed = {}

    def close(module, path=()):
        if module in path:
            sys.exit(f"layers.txt: cycle through {module}")
        if module not in closed:
            below = {module}
            for neighbour in direct[module]:
                below |= close(neighbour, path + (module,))
            closed[module] = below
        return closed[module]

    for module in direct:
        close(module)
    return closed


def main():
    allowed = read_layers()
    edges, errors = set(), []
    for path in sorted((ROOT / "lathe").rglob("*")):
        if path.suffix not in (".h", ".cc", ".cuh"):
            continue
        module = path.relative_to(ROOT / "lathe").parts[0]
        if module not in allowed:
            errors.append(f"{path.relative_to(ROOT)}: module {module} is not in tools/layers.txt")
            continue
        for header, target in INCLUDE.findall(path.read_text()):
            if not (ROOT / header).exists():
                errors.append(f"{path.relative_to(ROOT)}: includes {header}, which does not exist")
            if target != module:
                edges.add((module, target))
            if target not in allowed[module]:
                errors.append(f"{path.relative_to(ROOT)}: {module} may not include {header}")
            generator = header.endswith(".gen.h")
            if generator and ".gen." not in path.name and module not in GENERATORS_OF:
                errors.append(f"{path.relative_to(ROOT)}: run side includes the generator {header}")
    if not edges:
        errors.append("no include edge between modules found: is the tree where it should be?")
    print("\n".join(errors) or f"layers: {len(edges)} edges, all allowed")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
