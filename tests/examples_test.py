#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples_test.py BUILD [unittest arguments]: the examples as a user's project, against what BUILD installs.

Nothing of the source tree is visible to them: they are copied away and find the package in an install prefix.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = None


def run(*words):
    done = subprocess.run([str(word) for word in words], text=True, capture_output=True, timeout=600)
    if done.returncode:
        raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"[-4000:])
    return done.stdout


class Headers(unittest.TestCase):
    def test_what_is_public_exists(self):
        lines = (ROOT / "docs/public_headers.txt").read_text().splitlines()
        listed = [line for line in lines if not line.startswith("#")]
        self.assertGreater(len(listed), 20)
        self.assertEqual(listed, sorted(set(listed)))
        for header in listed:
            self.assertTrue((ROOT / header).is_file(), header)


PROJECT = """cmake_minimum_required(VERSION 3.25)
project(mine LANGUAGES CXX)
find_package({package} REQUIRED)
find_package({package} REQUIRED)
add_executable(mine mine.cc)
target_link_libraries(mine PRIVATE lathe::lathe)
"""


class Package(unittest.TestCase):
    """The prefix may be moved, the package asked for by version; a prefix without archives says what to do."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lathe_package_"))
        self.addCleanup(shutil.rmtree, self.folder)
        run("cmake", "--install", BUILD, "--prefix", self.folder / "prefix")
        (self.folder / "prefix").rename(self.folder / "moved")
        (self.folder / "mine.cc").write_text('#include "lathe/text/tokenizer.h"\nint main() {}\n')

    def configure(self, package):
        (self.folder / "CMakeLists.txt").write_text(PROJECT.format(package=package))
        shutil.rmtree(self.folder / "build", ignore_errors=True)
        words = ["cmake", "-S", self.folder, "-B", self.folder / "build", f"-DCMAKE_PREFIX_PATH={self.folder / 'moved'}"]
        return subprocess.run(list(map(str, words)), text=True, capture_output=True)

    def test_it_is_found_where_it_was_moved(self):
        for package in ("lathe", "Lathe", "lathe 0.1"):
            done = self.configure(package)
            self.assertEqual(done.returncode, 0, done.stderr)
        run("cmake", "--build", self.folder / "build")
        self.assertRegex(run(self.folder / "moved/bin/lathe", "--version"), r"^lathe \d+\.\d+\.\d+")

    def test_what_it_lacks_is_said(self):
        self.assertIn("version: 0.1", self.configure("lathe 7.0").stderr)
        (self.folder / "moved/lib/liblathe.a").unlink()
        done = self.configure("lathe")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("build the target lathe_archive", " ".join(done.stderr.split()))


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lathe_examples_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run("cmake", "--install", BUILD, "--prefix", cls.folder / "prefix")
        shutil.copytree(ROOT / "examples", cls.folder / "source")
        run("cmake", "-G", "Ninja", "-S", cls.folder / "source", "-B", cls.folder / "build",
            f"-DCMAKE_PREFIX_PATH={cls.folder / 'prefix'}", "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
        run("cmake", "--build", cls.folder / "build")

    def example(self, name):
        return run(self.folder / "build" / name)

    def test_they_are_short(self):
        for name in ("mlp", "decoder_layer"):
            self.assertLess(len((ROOT / f"examples/{name}.cc").read_text().splitlines()), 60, name)

    def test_mlp(self):
        self.assertEqual(self.example("mlp"), "0 xor 0 = 0\n0 xor 1 = 1\n1 xor 0 = 1\n1 xor 1 = 0\n")

    def test_decoder_layer(self):
        lines = self.example("decoder_layer").splitlines()
        self.assertEqual([line.split(":")[0] for line in lines], ["5 tokens", "2 tokens"])
        values = [float(line.split("=")[1]) for line in lines]
        self.assertTrue(all(0.001 < abs(value) < 100 for value in values), lines)
        self.assertNotEqual(*values)

    def test_own_family(self):
        printed = self.example("own_family")
        self.assertRegex(printed, r"^parallel: the likeliest token behind \[1, 2, 3\] is \d+ of 100\n$")


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(1))
    unittest.main()
