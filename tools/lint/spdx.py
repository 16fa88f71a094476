#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source file carries the SPDX line: the first, or the one after `#!`, `<!doctype …>` or a comment opener."""
import sys

from tree import ROOT, files, report

LINE = "SPDX-License-Identifier: Apache-2.0"
NAMES = ("*.h", "*.cc", "*.c", "*.cu", "*.cuh", "*.py", "*.sh", "*.cmake", "*.js", "*.css", "*.html",
         "CMakeLists.txt", "*/CMakeLists.txt", "Makefile")


def is_script(name):
    with open(ROOT / name, "rb") as file:
        return file.read(2) == b"#!"


def main():
    sources = set(files(*NAMES))
    sources |= {name for name in files() if "." not in name.rsplit("/", 1)[-1] and is_script(name)}
    errors = [f"{name}: no line '{LINE}' at its top" for name in sorted(sources)
              if not any(LINE in line for line in (ROOT / name).read_text().splitlines()[:3])]
    return report("spdx", len(sources), "source file", errors)


if __name__ == "__main__":
    sys.exit(main())
