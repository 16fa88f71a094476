# SPDX-License-Identifier: Apache-2.0
"""What the lint scripts share: the repository's files, tracked or new, as paths relative to its root."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*patterns):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def report(check, examined, unit, errors):
    """Prints the errors or one line of success; returns the exit code. Examining nothing is an error."""
    if not examined:
        errors = [f"{check}: no {unit} found: is the tree where it should be?"]
    print("\n".join(errors) or f"{check}: {examined} {unit}s")
    return 1 if errors else 0
