#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Engines for a GPU on a machine that has none: they are built, inspected, verified and explained."""
import json
import os
import pathlib
import signal
import subprocess
import time

import cli_case
from cli_case import GQA, CommandCase, binary, lathe, scratch


class WithoutAGpu(CommandCase):
    """What can be said of an engine for a GPU on a machine that has none."""
    def setUp(self):
        self.flags = ["--target", "sm_90a", "--dtype", "bf16", "--timing-cache", scratch("timings.json")]

    def gpu_engine(self, *flags):
        """Compiled once: what comes later finds its code beside the timings."""
        out = scratch("-".join(["gpu", *flags]) + ".engine")
        if not out.exists():
            done = lathe("build", GQA, "--output", out, *self.flags, *flags, timeout=280)
            if done.returncode == 4:
                self.skipTest(done.stderr)
            self.assertEqual(done.returncode, 0, done.stderr)
        return out

    def test_an_engine_for_a_gpu_needs_none(self):
        out = self.gpu_engine()
        manifest = (out / "engine.json").read_text()
        self.assertTrue(any(pathlib.Path(f"{scratch('timings.json')}.code").iterdir()))
        out = scratch("again.engine")
        self.assert_ok("build", GQA, "--output", out, *self.flags)
        self.assertEqual((out / "engine.json").read_text(), manifest)
        facts = json.loads(self.assert_ok("inspect", out, "--json").stdout)
        self.assertEqual(facts["device_code"]["arch"], "sm_90a")
        self.assertTrue(all(size > 0 for size in facts["device_code"]["bytes"].values()))
        self.assertIn("device code for sm_90a", self.assert_ok("inspect", out).stdout)
        kernels = out / "kernels.safetensors"
        kernels.write_bytes(kernels.read_bytes()[:-1] + b"!")
        for words in (["inspect", out], ["run", out, "--token-ids", "5"], ["bench", "kernels", out]):
            self.assert_fails(3, *words, says=("kernels.safetensors", "hash", "rebuild the engine with `lathe build`"))

    def test_an_engine_for_a_gpu_is_16_bits_wide(self):
        self.assert_fails(2, "build", GQA, "--output", scratch("bad.engine"), "--target", "sm_90a", "--dtype", "fp32", says="--dtype")
        self.assert_fails(3, "build", GQA, "--output", scratch("bad.engine"), "--target", "sm_90a", "--dtype", "bf16", "--strict",
                          says="paged_attention.cuda.sm90")

    def test_a_build_that_is_told_to_end_ends_its_compilers_and_leaves_nothing(self):
        self.gpu_engine()  # or there is no compiler here
        temporary, out = scratch("temporary"), scratch("ended.engine")
        temporary.mkdir()
        for whole_group, number in ((True, signal.SIGINT), (False, signal.SIGINT), (False, signal.SIGTERM)):  # Ctrl-C; for the build alone
            process = subprocess.Popen([binary(), "build", str(GQA), "--output", str(out), "--target", "sm_90a"], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, start_new_session=True, env={"TMPDIR": str(temporary)})
            while not list(temporary.iterdir()) and process.poll() is None:
                time.sleep(0.005)
            (os.killpg if whole_group else os.kill)(process.pid, number)
            printed, said = process.communicate(timeout=120)
            self.assertEqual((process.returncode, printed), (128 + number, ""), said)
            self.assertEqual(said, f"error: ended by signal {number.value}; nothing was written\n")
            self.assertEqual(list(temporary.iterdir()) + [path for path in scratch("").iterdir() if path.name.startswith("ended.")], [])

    def test_a_build_that_was_killed_is_gone_on_with_and_tidied_up_after(self):
        self.gpu_engine()  # or there is no compiler here
        temporary, out, code = scratch("killed"), scratch("killed.engine"), scratch("killed.json.code")
        temporary.mkdir()
        words = ["build", GQA, "--output", out, "--target", "sm_90a", "--timing-cache", scratch("killed.json")]
        process = subprocess.Popen([binary(), *map(str, words)], stderr=subprocess.DEVNULL, start_new_session=True, env={"TMPDIR": str(temporary)})
        while not (code.exists() and list(code.iterdir())) and process.poll() is None:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        self.assertEqual(process.wait(), -signal.SIGKILL)
        self.assertEqual(len(list(temporary.iterdir())), 1)
        kept = {path.name: path.stat().st_mtime_ns for path in code.iterdir() if path.suffix == ".cubin"}
        self.assertTrue(kept)
        self.assert_ok(*words, env={"TMPDIR": str(temporary)}, timeout=280)
        self.assertEqual(list(temporary.iterdir()), [])
        now = {path.name: path.stat().st_mtime_ns for path in code.iterdir()}
        self.assertGreater(len(now), len(kept))
        self.assertEqual({name: now[name] for name in kept}, kept)

    def test_inspect_verifies_it(self):
        for flags in ([], ["--self-contained"]):
            self.assertRegex(self.assert_ok("inspect", self.gpu_engine(*flags), "--verify").stderr, r"^verified: \d+ weights, \d+ files\n$")

    def test_its_target_is_named_as_it_was_asked_for(self):
        plan = self.answer_json("inspect", self.gpu_engine(), "--json")["plans"][0]
        self.assertEqual(list(plan["kernels"]), ["cuda sm_90a"])
        self.assertIn("steps for cuda sm_90a\n", self.assert_ok("inspect", self.gpu_engine()).stdout)

    def test_explain_gives_the_floors(self):
        if json.loads(self.assert_ok("devices", "--json").stdout)["no_gpu_reason"] == "":
            self.skipTest("there is a GPU")
        done = self.assert_ok("explain", self.gpu_engine(), "--batch", 2, "--context", 16, "--json")
        report = json.loads(done.stdout)
        self.assertEqual((report["device"], report["ceilings"], report["us"]), ("sm_90a", "cost model", None))
        self.assertEqual(sum(part["launches"] for part in report["parts"]),
                         len(self.answer_json("inspect", self.gpu_engine(), "--json")["plans"][0]["steps"]))
        self.assertTrue(all(part["us"] is None and part["floor_us"] >= 0 for part in report["parts"]))
        self.assertGreater(report["floor_us"], 0)
        self.assertEqual([report[key] for key in ("parts_timed", "parts_us", "hidden_us", "host_was_ahead")], [None] * 4)
        self.assertIn("no such device here", done.stderr)
        text = self.assert_ok("explain", self.gpu_engine()).stdout
        self.assertIn("sm_90a, ceilings: cost model, not measured here (3090 GB/s read)\n", text)
        self.assertNotIn("a step takes", text)

    def test_it_does_not_run(self):
        if json.loads(self.assert_ok("devices", "--json").stdout)["no_gpu_reason"] == "":
            self.skipTest("there is a GPU")
        self.assert_fails(4, "run", self.gpu_engine(), "--token-ids", "5")
        self.assert_fails(4, "bench", "kernels", self.gpu_engine(), "--json", says="without a GPU `lathe explain` gives what each kernel takes")
        before = (self.gpu_engine() / "engine.json").read_text()
        self.assert_fails(4, "tune", self.gpu_engine(), "--timing-cache", scratch("tuned.json"))
        self.assertEqual((self.gpu_engine() / "engine.json").read_text(), before)


if __name__ == "__main__":
    cli_case.main()
