#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How a command ends where it is not let alone: signals, a stdout that cannot be written, outputs that are links or devices."""
import json
import os
import pathlib
import signal
import stat
import subprocess
import time

import cli_case
from cli_case import GQA, CommandCase, binary, scratch, write

CORPUS = cli_case.ROOT / "tools/golden/corpus.txt"


def leftovers(name):
    """What stands beside NAME that a build has made."""
    return sorted(path.name for path in scratch("").iterdir() if path.name.startswith(name) and path.name != name)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.002)


class Signals(CommandCase):
    def large_config(self):
        """Of a model whose weights take seconds to draw and pack."""
        config = json.loads((GQA / "config.json").read_text())
        config.update(num_hidden_layers=24, hidden_size=1024, intermediate_size=4096, vocab_size=32000, num_attention_heads=16,
                      num_key_value_heads=4, head_dim=64)
        return write("large.json", json.dumps(config))

    def interrupted(self, out, number, **options):
        process = subprocess.Popen([binary(), "build", str(self.large_config()), "--dummy-weights", "1", "--self-contained", "--output",
                                    str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        staging = pathlib.Path(f"{out}.building-{process.pid}")
        wait_for((staging / "weights-rank0.safetensors").exists)
        process.send_signal(number)
        said = process.communicate(timeout=60)
        return process.returncode, *said

    def test_a_build_that_is_told_to_end_leaves_nothing(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            returned, printed, said = self.interrupted(scratch("ended.engine"), number)
            self.assertEqual((returned, printed), (code, ""), said)
            self.assertEqual(said, f"error: ended by signal {int(number)}; nothing was written\n")
            self.assertEqual(leftovers("ended.engine"), [])
            self.assertFalse(scratch("ended.engine").exists())

    def test_the_engine_that_stood_there_stays(self):
        out = scratch("stays.engine")
        self.assert_ok("build", GQA, "--output", out)
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        self.assertEqual(self.interrupted(out, signal.SIGTERM)[0], 143)
        self.assertEqual({path.name: path.read_bytes() for path in out.iterdir()}, before)
        self.assertEqual(leftovers("stays.engine"), [])

    def test_a_signal_that_is_ignored_stays_so(self):
        process = subprocess.Popen([binary(), "build", str(GQA), "--output", str(scratch("nohup.engine"))], stdout=subprocess.DEVNULL,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(0.002)
        self.assertEqual(process.wait(60), 0)
        self.assertTrue((scratch("nohup.engine") / "engine.json").exists())

    def wide_engine(self):
        """Of a model that answers at length, with many logits a token."""
        config = json.loads((GQA / "config.json").read_text())
        config.update(vocab_size=32000, max_position_embeddings=2048)
        engine = scratch("wide.engine")
        self.assert_ok("build", write("wide.json", json.dumps(config)), "--dummy-weights", "1", "--output", engine)
        return engine

    def test_logits_are_whole_or_not_there(self):
        engine, out = self.wide_engine(), scratch("wide.safetensors")
        process = subprocess.Popen([binary(), "eval", "logits", str(engine), "--token-ids", ",".join(["7"] * 1000), "--output", str(out)],
                                   stderr=subprocess.PIPE, text=True)
        wait_for(lambda: leftovers("wide.safetensors") or out.exists())
        process.send_signal(signal.SIGINT)
        self.assertEqual((process.communicate(timeout=60)[1], process.returncode), ("", 0))
        self.assertEqual(leftovers("wide.safetensors"), [])
        self.assertGreater(out.stat().st_size, 1000 * 32000 * 4)
        out.unlink()

    def test_what_only_reads_ends_at_once(self):
        engine = self.wide_engine()
        for words in (["run", engine, "--token-ids", "1", "--ignore-eos", "--json"],
                      ["bench", "latency", engine, "--prompt-tokens", "16", "--output-tokens", "1000", "--repeat", "100"]):
            process = subprocess.Popen([binary(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=20)
            self.assertEqual((process.returncode, printed), (-signal.SIGINT, ""), words)

    def test_an_error_leaves_nothing(self):
        bad = self.copy_of(GQA, "no_weights_left", lambda folder: (folder / "model.safetensors").write_bytes(b"12345678"))
        self.assert_fails(3, "build", bad, "--output", scratch("error.engine"))
        self.assertEqual(leftovers("error.engine"), [])


class Output(CommandCase):
    """A result that nobody gets is a failure: exit 1. What a command has written into files by then is whole and stays."""
    def commands(self):
        engine = self.engine()
        messages = write("hello.json", json.dumps([{"role": "user", "content": "Hello"}]))
        yield from (["--help"], ["--version"], ["run", "--help"], ["eval", "--help"], ["devices"], ["devices", "--json"], ["inspect", "--ops"])
        yield from (["inspect", engine], ["inspect", engine, "--json"], ["tokenize", GQA, "--text", "a"], ["tokenize", GQA, "--lines", messages])
        yield from (["tokenize", GQA, "--detokenize", "--token-ids", "5"], ["template", GQA, "--messages", messages])
        yield from (["run", engine, "--token-ids", "5", "--max-tokens", 2], ["run", engine, "--token-ids", "5", "--max-tokens", 2, "--json"])
        yield from (["diff", engine, "--token-ids", "5"], ["eval", "perplexity", engine, "--text", CORPUS, "--context", 128, "--json"])
        yield from (["explain", engine, "--context", 8], ["build", GQA, "--output", scratch("full.engine"), "--json"])
        yield ["bench", "latency", engine, "--prompt-tokens", 2, "--output-tokens", 2, "--repeat", 1]

    def test_a_full_disk_is_a_failure_of_every_command(self):
        for words in self.commands():
            with open("/dev/full", "w") as full:
                done = subprocess.run([binary(), *map(str, words)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
            self.assertEqual(done.returncode, 1, (words, done.stderr))
            self.assertEqual(done.stderr.splitlines()[-1], "error: standard output: could not be written", words)
        self.assert_ok("inspect", scratch("full.engine"), "--verify")
        self.assertEqual(leftovers("full.engine"), [])

    def test_a_closed_output_is_a_failure_and_no_file_takes_its_place(self):
        for words in self.commands():
            done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', binary(), *map(str, words)], stderr=subprocess.PIPE, text=True, timeout=120)
            self.assertEqual(done.returncode, 1, (words, done.stderr))
        self.assert_ok("inspect", scratch("full.engine"), "--verify")

    def test_an_answer_that_nobody_reads_ends(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([binary(), "run", str(self.engine()), "--prompt", "Hello", "--ignore-eos", "--temperature", "0"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertRegex(done.stderr, r"answer [1-9] tokens")

    def test_a_chat_that_nobody_reads_ends(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([binary(), "run", str(self.engine()), "--chat", "--max-tokens", "2"], input="a\nb\nc\nd\n", stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("; answer "), 1, done.stderr)


class Links(CommandCase):
    def test_an_engine_goes_where_the_link_leads(self):
        real, link = scratch("real.engine"), scratch("link.engine")
        link.symlink_to("real.engine")
        for _ in range(2):  # where nothing stands, and over an engine
            self.assert_ok("build", GQA, "--output", link)
            self.assertTrue(link.is_symlink() and real.is_dir() and not real.is_symlink())
            self.assert_ok("run", link, "--token-ids", "5", "--max-tokens", 1)
        self.assertEqual(leftovers("real.engine") + leftovers("link.engine"), [])

    def test_a_link_to_what_is_no_engine_is_refused(self):
        folder = scratch("linked_folder")
        folder.mkdir()
        (folder / "note").write_text("mine")
        for target in (folder, write("linked_file", "mine")):
            link = scratch("to_" + target.name)
            link.symlink_to(target)
            self.assert_fails(2, "build", GQA, "--output", link, says=(str(target), "no engine"))
            self.assertTrue(link.is_symlink())
        self.assertEqual([path.name for path in folder.iterdir()], ["note"])

    def test_a_link_in_a_circle_is_refused(self):
        scratch("circle").symlink_to("circle")
        self.assert_fails(2, "build", GQA, "--output", scratch("circle"), says="circle")

    def test_files_go_where_links_lead(self):
        link = scratch("linked.safetensors")
        link.symlink_to("target.safetensors")
        self.assert_ok("eval", "logits", self.engine(), "--token-ids", "5", "--output", link)
        self.assertTrue(link.is_symlink() and scratch("target.safetensors").stat().st_size > 0)

    def test_a_device_stays_a_device(self):
        null = scratch("null")
        try:
            os.mknod(null, stat.S_IFCHR | 0o600, os.makedev(1, 3))
            null.write_bytes(b"x")
        except OSError:
            self.skipTest("no device can be made here")
        self.assert_ok("eval", "logits", self.engine(), "--token-ids", "5", "--output", null)
        self.assertTrue(null.is_char_device())


class Quiet(CommandCase):
    def test_the_level_silences_notes(self):
        words = ["run", self.engine(), "--prompt", "Hello", "--max-tokens", 3, "--temperature", 0.7]
        self.assertRegex(self.assert_ok(*words).stderr, r"^seed \d+\nprompt \d+ tokens")
        quiet = self.assert_ok(*words, "--seed", 1, "--log-level", "error")
        self.assertEqual(quiet.stderr, "")
        self.assertEqual(quiet.stdout, self.assert_ok(*words, "--seed", 1).stdout)
        self.assertEqual(self.assert_ok("inspect", self.engine(), "--verify", "--log-level", "error").stderr, "")

    def test_a_full_context_is_said_at_any_level(self):
        done = self.assert_ok("run", self.engine(), "--chat", "--max-seq-len", 8, "--log-level", "error", stdin="Hello\n")
        self.assertIn("the context is full", done.stderr)

    def test_errors_are_said_at_any_level(self):
        self.assert_fails(3, "inspect", GQA, "--log-level", "error", says="engine.json")


class Codes(CommandCase):
    def test_a_cache_that_holds_no_block_is_a_matter_of_memory(self):
        for words in (["run", self.engine(), "--token-ids", "5"], ["bench", "latency", self.engine(), "--prompt-tokens", 4, "--output-tokens", 2],
                      ["explain", self.engine(), "--context", 8]):
            self.assert_fails(4, *words, "--kv-cache-bytes", 1, says=("KV cache", "1 bytes do not hold one block"))
            self.assert_fails(4, *words, "--kv-cache-bytes", 10**18, says="KV cache")

    def test_bounds_of_a_window_are_said(self):
        for value in (3, -1, "x"):
            self.assert_fails(2, "eval", "perplexity", self.engine(), "--text", CORPUS, f"--context={value}",
                              says=("--context", "expected a whole number of 4 or more"))
        words = ["eval", "perplexity", self.engine(), "--text", CORPUS]
        self.assert_fails(1, *words, "--context", 129, says="--context: 129 tokens; the maximum context length is 128")
        self.assert_fails(1, *words, "--context", 64, "--max-seq-len", 63, says="--context: 64 tokens; the maximum context length is 63")
        self.assert_fails(2, "eval", "perplexity", self.engine(), "--text", write("short.txt", "Hello"), "--context", 64, says="one context of 64")
        self.assert_ok(*words, "--context", 128)


class Phases(CommandCase):
    def test_every_phase_has_time_and_memory(self):
        out = scratch("phases.engine")
        report = self.answer_json("build", GQA, "--output", out, "--self-contained", "--json")
        names = [phase["name"] for phase in report["phases"]]
        self.assertEqual(names[:3], ["read_checkpoint", "make_network", "bind"])
        self.assertEqual(names[-6:], ["lower", "choose_kernels", "place_arena", "verify", "pack_weights", "write"])
        self.assertEqual(set(entry["name"] for entry in report["passes"] if not entry["skipped"]) - set(names), set())
        self.assertTrue(all(phase["seconds"] >= 0 and phase["peak_bytes"] > 0 for phase in report["phases"]))
        self.assertLessEqual(sum(phase["seconds"] for phase in report["phases"]), report["seconds"])
        self.assertEqual(max(phase["peak_bytes"] for phase in report["phases"]), report["peak_bytes"])
        self.assertEqual(self.answer_json("inspect", out, "--json")["build"],
                         {name: report[name] for name in ("seconds", "peak_bytes", "phases")})
        for text in (self.assert_ok("inspect", out).stdout, self.assert_ok("build", GQA, "--output", out).stdout):
            self.assertRegex(text, r"choose_kernels +\d+\.\d ms +\d+\.\d MiB\n")

    def test_a_skipped_pass_is_no_phase(self):
        report = self.answer_json("build", GQA, "--output", scratch("skipped.engine"), "--skip-pass", "join_qkv", "--json")
        self.assertNotIn("join_qkv", [phase["name"] for phase in report["phases"]])

    def test_two_builds_differ_in_their_record_alone(self):
        def files(name):
            self.assert_ok("build", GQA, "--output", scratch(name))
            return {path.name: path.read_bytes() for path in scratch(name).iterdir() if path.name != "build.json"}
        self.assertEqual(files("one.engine"), files("two.engine"))

    def test_an_engine_without_its_record_is_one(self):
        bare = self.copy_of(self.engine(), "bare.engine", lambda folder: (folder / "build.json").unlink())
        self.assert_ok("inspect", bare, "--verify")
        self.assertNotIn("build", self.answer_json("inspect", bare, "--json"))
        broken = self.copy_of(self.engine(), "record.engine", lambda folder: (folder / "build.json").write_text("[]"))
        self.assert_fails(3, "inspect", broken, says="build.json")
        self.assert_ok("run", broken, "--token-ids", "5", "--max-tokens", 1)


class Seal(CommandCase):
    """engine.json holds a hash of itself."""
    def test_any_flipped_bit_is_found(self):
        text = (self.engine() / "engine.json").read_bytes()
        for place in {*range(0, len(text), len(text) // 12), len(text) - 2, len(text) - 10, len(text) - 30}:
            data = bytearray(text)
            data[place] ^= 1
            broken = self.copy_of(self.engine(), f"flip{place}.engine", lambda folder, d=data: (folder / "engine.json").write_bytes(d))
            self.assert_fails(3, "inspect", broken, "--verify", says="engine.json")
            self.assert_fails(3, "run", broken, "--token-ids", "5", says="engine.json")

    def test_spaces_count_and_an_empty_hash_is_for_those_who_edit(self):
        def spaced(folder):
            path = folder / "engine.json"
            path.write_text(path.read_text().replace("\n", "\n ", 1))

        def unsealed(folder):
            path = folder / "engine.json"
            manifest = json.loads(path.read_text())
            path.write_text(json.dumps({**manifest, "hash": ""}))

        self.assert_fails(3, "inspect", self.copy_of(self.engine(), "spaced.engine", spaced), says=("engine.json", "hash", "lathe build"))
        edited = self.copy_of(self.engine(), "edited.engine", unsealed)
        self.assert_ok("run", edited, "--token-ids", "5", "--max-tokens", 1)
        self.assert_fails(3, "inspect", edited, "--verify", says=("engine.json", "hash", "got ''"))


if __name__ == "__main__":
    cli_case.main()
