#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Downloads one pinned file of a PyPI project and checks its SHA-256; can take a single member out of a wheel.

    fetch_pypi.py PROJECT FILENAME SHA256 OUTPUT [--member NAME --member-sha256 SHA256]

Standard library only. OUTPUT appears whole or not at all (written beside itself, then renamed).
`PIP_INDEX_URL` names another index that speaks the simple JSON form (PEP 691).
"""
import argparse
import hashlib
import json
import os
import pathlib
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
CHUNK = 1 << 20


def copy_hashed(source, target):
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def expect_hash(what, expected, got):
    if got != expected:
        sys.exit(f"error: {what}: sha256 is {got}, expected {expected}")


def find_url(project, filename):
    index = os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    request = urllib.request.Request(f"{index.rstrip('/')}/{project}/", headers={"Accept": SIMPLE_JSON})
    with urllib.request.urlopen(request, timeout=60) as response:
        listing = json.load(response)
    for entry in listing["files"]:
        if entry["filename"] == filename:
            return urllib.parse.urljoin(request.full_url, entry["url"])
    sys.exit(f"error: {project} has no file {filename} at {index}")


def download(project, filename, sha256, target):
    try:
        with urllib.request.urlopen(find_url(project, filename), timeout=60) as response:
            expect_hash(filename, sha256, copy_hashed(response, target))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"error: cannot download {filename} of {project} from the package index ({error}); "
                 "a network connection is needed once")


def extract(archive, member, sha256, target):
    with zipfile.ZipFile(archive) as files, files.open(member) as source:
        expect_hash(member, sha256, copy_hashed(source, target))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("project", "filename", "sha256", "output"):
        parser.add_argument(name)
    parser.add_argument("--member")
    parser.add_argument("--member-sha256")
    options = parser.parse_args()
    output = pathlib.Path(options.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".fetch-") as scratch:
        package = pathlib.Path(scratch) / "package"
        with package.open("wb") as target:
            download(options.project, options.filename, options.sha256, target)
        wanted = package
        if options.member:
            wanted = pathlib.Path(scratch) / "member"
            with wanted.open("wb") as target:
                extract(package, options.member, options.member_sha256, target)
        os.replace(wanted, output)


if __name__ == "__main__":
    main()
