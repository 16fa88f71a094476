#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""count_tests.py JUNIT.xml: counts test cases in what `ctest --output-junit` wrote; prints "N passed, N failed".

A GoogleTest or unittest binary counts its cases, any other test counts one. A test that ctest calls failed counts at
least one failure, whatever it printed; one that says by its exit status that this machine cannot run it is skipped.
Exit 1 on a failure or where nothing passed.
"""
import re
import sys
import xml.etree.ElementTree

PASSED = re.compile(r"^\[       OK \] ", re.M)
FAILED = re.compile(r"^\[  FAILED  \] \S+.* \(\d+ ms\)$", re.M)
SKIPPED = re.compile(r"^\[  SKIPPED \] \S+ \(\d+ ms\)$", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.M)


def is_skipped(case):
    """Not where ctest could not start it."""
    return any("SKIP_RETURN_CODE" in skipped.get("message", "") for skipped in case.iter("skipped"))


def count(case):
    """(passed, failed, skipped) of one ctest test."""
    if is_skipped(case):
        return 0, 0, 1
    output = case.findtext("system-out") or ""
    passed, failed, skipped = (len(pattern.findall(output)) for pattern in (PASSED, FAILED, SKIPPED))
    if case.get("status") != "run":
        return passed, max(failed, 1), skipped
    if unittest := UNITTEST.search(output):
        passed = int(unittest.group(1))
    elif not passed + skipped:
        passed = 1
    return passed, failed, skipped


def main():
    cases = xml.etree.ElementTree.parse(sys.argv[1]).getroot().findall("testcase")
    passed, failed, skipped = (sum(column) for column in zip(*map(count, cases), (0, 0, 0)))
    for case in cases:
        if case.get("status") != "run" and not is_skipped(case):
            print("failed:", case.get("name"))
    if skipped:
        print(skipped, "skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
