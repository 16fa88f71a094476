#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that flags name: folders where a file is due and the reverse, what is written, and that a failure leaves nothing behind."""
import json
import pathlib
import shutil
import subprocess

import cli_case
from cli_case import CHECKPOINTS, GQA, ROOT, CommandCase, binary, scratch, write

HELLO = [{"role": "user", "content": "Hello"}]


class FilesToRead(CommandCase):
    def readers(self, path):
        engine, out = self.engine(), scratch("none.safetensors")
        yield "--text-file", ["tokenize", GQA, "--text-file", path]
        yield "--lines", ["tokenize", GQA, "--lines", path]
        yield "--text", ["eval", "perplexity", engine, "--text", path]
        yield "--mixed", ["eval", "logits", engine, "--output", out, "--mixed", path]
        yield "--messages", ["template", GQA, "--messages", path]
        yield "--tools", ["template", GQA, "--messages", write("hello.json", json.dumps(HELLO)), "--tools", path]
        yield "--problems", ["bench", "kernels", "--problems", path]

    def test_a_folder_is_no_file(self):
        for flag, words in self.readers(ROOT):
            self.assert_fails(2, *words, says=(flag, "expected a file, got the folder"))

    def test_a_device_is_no_file(self):
        for flag, words in self.readers("/dev/null"):
            self.assert_fails(2, *words, says=(flag, "/dev/null"))

    def test_what_is_not_there_is_named(self):
        for flag, words in self.readers("/no/such/file"):
            self.assert_fails(2, *words, says=(flag, "'/no/such/file'"))

    def test_an_empty_name_is_no_path(self):
        for flag, words in self.readers(""):
            self.assert_fails(2, *words, says=flag)

    def test_json_that_is_none_is_named_with_its_place(self):
        for text in ("", "[", "[1,]", "nul", '[{"role": "user"', "\x00", "[1] [2]"):
            for flag, words in self.readers(write("bad.json", text)):
                if flag in ("--mixed", "--messages", "--tools"):
                    self.assert_fails(2, *words, says=(flag, "bad.json"))

    def test_json_of_another_shape_is_refused(self):
        for text in ("{}", "1", "null", '"text"', "true"):
            for flag, words in self.readers(write("shape.json", text)):
                if flag in ("--mixed", "--messages", "--tools"):
                    self.assert_fails(2, *words, says=(flag, "shape.json"))

    def test_mixed_sequences_of_another_shape_are_refused(self):
        for entry in ({}, {"token_ids": []}, {"token_ids": 1}, {"token_ids": ["1"]}, {"token_ids": [1.5]}, {"token_ids": [-1]},
                      {"token_ids": [1], "generated": -1}, {"token_ids": [1], "generated": 2}, {"token_ids": [1], "generated": "1"},
                      {"token_ids": [2**40]}, [], 1, None):
            with self.subTest(entry=entry):
                path = write("mixed.json", json.dumps([entry]))
                self.assert_fails(2, "eval", "logits", self.engine(), "--output", scratch("none"), "--mixed", path)
                self.assertFalse(scratch("none").exists())


class FilesToWrite(CommandCase):
    def writers(self, path):
        engine = self.engine()
        yield "--output", ["eval", "logits", engine, "--token-ids", "1", "--output", path]
        yield "--html", ["inspect", engine, "--html", path]
        yield "--timing-cache", ["build", GQA, "--output", scratch("w.engine"), "--timing-cache", path]

    def test_a_folder_is_not_written_over(self):
        folder = scratch("folder")
        folder.mkdir()
        for flag, words in self.writers(folder):
            self.assert_fails(2, *words, says=(flag, "expected a file, got the folder"))
            self.assertEqual(list(folder.iterdir()), [])

    def test_a_folder_that_is_not_there_is_not_made(self):
        for flag, words in self.writers(scratch("absent") / "file"):
            self.assert_fails(2, *words, says=(flag, "absent"))
            self.assertFalse(scratch("absent").exists())

    def test_a_file_is_replaced_whole(self):
        for _, words in self.writers(scratch("written")):
            write("written", '{"version": 1, "seconds": {}}' + " " * 200000)
            self.assert_ok(*words)
            self.assertFalse(scratch("written").read_bytes().endswith(b" "))

    def test_nothing_temporary_stays(self):
        folder = scratch("tidy")
        folder.mkdir()
        for name in ("--output", "--html", "--timing-cache"):
            words = dict(self.writers(folder / name))[name]
            self.assert_ok(*words)
            self.assertEqual([path.name for path in folder.iterdir()], [name], words)
            (folder / name).unlink()

    def test_a_timing_cache_that_cannot_be_written_costs_the_times_alone(self):
        """The name has room for a file, but not for the temporary one beside it."""
        path, out, no_model = scratch("t" * 250), scratch("untimed.engine"), write("no_model.json", "{")
        self.assert_fails(4, "build", no_model, "--dummy-weights", 1, "--output", out, "--timing-cache", path,
                          says=("--timing-cache", "cannot be written"))  # before the model is read
        self.assert_fails(4, "tune", self.engine(), "--timing-cache", path, says=("--timing-cache", "cannot be written"))
        path.write_text('{"version": 1, "seconds": {}}')
        done = self.assert_ok("build", GQA, "--output", out, "--timing-cache", path)
        warnings = [line for line in done.stderr.splitlines() if "times of kernels are not kept" in line]
        self.assertEqual(len(warnings), 1, done.stderr)
        self.assertIn("File name too long", warnings[0])
        self.assertTrue((out / "engine.json").exists())
        self.assert_fails(4, "tune", self.engine(), "--timing-cache", path, says=("--timing-cache", "cannot be written"))

    def test_passes_go_into_a_folder_that_is_made(self):
        out = scratch("passes")
        self.assert_ok("build", GQA, "--output", scratch("p.engine"), "--dump-passes", out)
        names = sorted(path.name for path in out.iterdir())
        self.assertEqual(names[:2], ["00-bind.after.txt", "00-bind.before.txt"])
        self.assertTrue(all(path.stat().st_size > 100 for path in out.iterdir()))

    def test_passes_do_not_go_into_a_file(self):
        path = write("passes.txt", "mine")
        self.assert_fails(2, "build", GQA, "--output", scratch("none.engine"), "--dump-passes", path, says=("--dump-passes", "expected a folder"))
        self.assertEqual(path.read_text(), "mine")
        self.assertFalse(scratch("none.engine").exists())

    def test_a_slash_at_the_end_changes_nothing(self):
        for _ in range(2):  # new, then replaced
            self.assert_ok("build", GQA, "--output", f"{scratch('slash.engine')}/")
        self.assertTrue((scratch("slash.engine") / "engine.json").exists())
        self.assertFalse([path for path in scratch("").iterdir() if ".building-" in path.name])
        self.assertFalse([path for path in scratch("slash.engine").iterdir() if path.is_dir()])

    def test_a_relative_output_goes_to_the_working_folder(self):
        here = scratch("here")
        here.mkdir()
        done = subprocess.run([binary(), "build", str(GQA), "--output", "e"], cwd=here, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((here / "e" / "engine.json").exists())

    def test_a_relative_checkpoint_is_found_from_elsewhere(self):
        here = scratch("elsewhere")
        shutil.copytree(GQA, here / "model")
        done = subprocess.run([binary(), "build", "model", "--output", "e"], cwd=here, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_ok("run", here / "e", "--token-ids", "1", "--max-tokens", 1)


class Checkpoints(CommandCase):
    def test_a_list_of_other_things_than_messages_is_refused(self):
        for messages in ([1], ["a"], [None], [[]], [HELLO[0], 2.5]):
            path = write("odd.json", json.dumps(messages))
            self.assert_fails(2, "template", GQA, "--messages", path, says=("--messages", str(path), f"message {len(messages) - 1} is"))

    def test_tools_that_are_no_list_are_refused(self):
        hello = write("hello.json", json.dumps(HELLO))
        self.assert_ok("template", GQA, "--messages", hello, "--tools", write("tools.json", "[]"))
        self.assert_fails(2, "template", GQA, "--messages", hello, "--tools", write("tools.json", "{}"), says="--tools")

    def test_a_checkpoint_is_no_engine_and_the_reverse(self):
        for words in (["run", GQA, "--token-ids", "1"], ["inspect", GQA], ["diff", GQA, "--token-ids", "1"],
                      ["eval", "logits", GQA, "--token-ids", "1", "--output", scratch("none")], ["bench", "latency", GQA]):
            self.assert_fails(3, *words, says=("engine.json", "lathe build"))
        self.assert_fails(3, "build", self.engine(), "--output", scratch("none.engine"), says=str(self.engine()))

    def test_an_engine_of_another_model_is_no_yardstick(self):
        for other in ("glm", "gpt2"):
            self.assert_fails(3, "diff", self.engine(), "--token-ids", "1,2", "--against", CHECKPOINTS / other)

    def test_an_engine_against_itself_has_no_drift(self):
        report = self.answer_json("diff", self.engine(), "--token-ids", "1,2", "--against", self.engine(), "--json")
        self.assertEqual((report["worst_error"], report["first"]), (0, None))

    def test_a_failed_build_keeps_the_old_engine(self):
        out = scratch("kept.engine")
        self.assert_ok("build", GQA, "--output", out)
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        bad = self.copy_of(GQA, "cut_checkpoint", lambda folder: (folder / "config.json").write_text("{}"))
        self.assert_fails(3, "build", bad, "--output", out)
        self.assertEqual({path.name: path.read_bytes() for path in out.iterdir()}, before)

    def test_a_build_that_is_killed_leaves_the_old_engine(self):
        out = scratch("killed.engine")
        self.assert_ok("build", GQA, "--output", out)
        before = (out / "engine.json").read_bytes()
        for wait in (0, 0.002, 0.005, 0.01):
            process = subprocess.Popen([binary(), "build", str(GQA), "--output", str(out)], stdout=subprocess.DEVNULL)
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.assertEqual((out / "engine.json").read_bytes(), before)
        self.assert_ok("build", GQA, "--output", out)  # and tidies up after them
        self.assertEqual([path.name for path in scratch("").iterdir() if path.name.startswith("killed.engine")], ["killed.engine"])

    def test_two_builds_at_once_leave_one_whole_engine(self):
        out = scratch("twice.engine")
        processes = [subprocess.Popen([binary(), "build", str(GQA), "--output", str(out)], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True) for _ in range(4)]
        said = [process.communicate()[1] for process in processes]
        self.assertIn(0, [process.returncode for process in processes], said)
        self.assert_ok("run", out, "--token-ids", "1", "--max-tokens", 1)
        self.assertEqual([path for path in scratch("").iterdir() if path.name.startswith("twice.engine.")], [])

    def test_results_are_no_part_of_stderr_nor_notes_of_stdout(self):
        for words in (["build", GQA, "--output", scratch("quiet.engine"), "--json"], ["devices", "--json"],
                      ["inspect", self.engine(), "--json"], ["tokenize", GQA, "--text", "a"]):
            done = self.assert_ok(*words)
            self.assertEqual(done.stderr, "", words)
            json.loads(done.stdout)

    def test_a_path_with_spaces_and_letters_of_the_world(self):
        folder = scratch("größe 世界 'q'")
        shutil.copytree(GQA, folder)
        out = pathlib.Path(f"{folder}.engine")
        self.assert_ok("build", folder, "--output", out)
        self.assert_ok("run", out, "--prompt", "Hi", "--max-tokens", 2)
        self.assertIn(str(folder), json.loads((out / "engine.json").read_text())["checkpoint"]["path"])


if __name__ == "__main__":
    cli_case.main()
