#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone, and none includes a third-party header."""
import concurrent.futures
import re
import subprocess
import sys

from tree import ROOT, files, report

THIRD_PARTY = re.compile(
    r'^\s*#\s*include\s*[<"]((?:nlohmann|fmt|spdlog|CLI|boost|Eigen|nanobind|unicode)/[^>"]*'
    r'|(?:pcre2|utf8proc|xxhash|mpi|cuda|nvrtc|nccl)[^/>"]*\.h)[>"]', re.M)
COMPILE = ["g++", "-fsyntax-only", "-std=c++20", "-march=x86-64-v3", "-Wall", "-Wextra", "-Werror", "-I.", '-DLATHE_SOURCE_DIR=""',
           "-x", "c++", "-"]


def errors_of(header):
    found = [f"{header}: includes <{name}>: third-party headers belong in one .cc file"
             for name in THIRD_PARTY.findall((ROOT / header).read_text())]
    done = subprocess.run(COMPILE, cwd=ROOT, input=f'#include "{header}"\n', capture_output=True, text=True)
    if done.returncode:
        found.append(f"{header}: does not compile alone:\n{done.stderr[:2000]}")
    return found


def main():
    headers = files("*.h")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        errors = [error for found in pool.map(errors_of, headers) for error in found]
    return report("headers", len(headers), "self-contained header", errors)


if __name__ == "__main__":
    sys.exit(main())
