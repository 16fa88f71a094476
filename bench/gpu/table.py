#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py FOLDER: one table of what bench/gpu.sh wrote there, with the goals for one H100 80GB beside it."""
import json
import pathlib
import sys

FOLDER = pathlib.Path(sys.argv[1])
STEP_GOALS = {(1, 1024): 5.05, (16, 1024): 6.0, (64, 1024): 8.4, (64, 4096): 17.3}  # ms


def read(name):
    path = FOLDER / name
    return json.loads(path.read_text()) if path.exists() else None


def row(what, figure, goal=""):
    print(f"| {what} | {figure} | {goal} |")


print("| | measured | goal |\n| --- | --- | --- |")
if kernels := read("kernels.json"):
    row("read rate of the process", f"{kernels['read_bytes_per_us'] / 1e6:.3f} TB/s")
    for one in kernels["rows"]:
        row(one["problem"], f"{one['us']:.1f} us, {one['share_of_read_rate']:.0%} of the read rate")
for peer in read("peers.json") or []:
    row(f"{peer['peer']}, {peer['problem']}", f"{peer['us']:.1f} us")
if step := read("step.json"):
    for one in step["rows"]:
        row(f"kernels: {one['problem']}", f"{one['us'] / 1e3:.3f} ms, {one['launches']} launches")
if latency := read("latency.json"):
    for one in latency["steps"]:
        size = (one["batch"], one["context"])
        name = " ".join([f"engine: {size[0]} x {size[1]}", *one["flags"]])
        row(f"{name}, a step", f"{one['decode_ms']:.3f} ms", "" if one["flags"] else STEP_GOALS.get(size, ""))
    row(f"engine: context of {latency['context_tokens']}", f"{latency['context_ms']:.1f} ms", "70")
    row("engine: start to first token", f"{latency['start_to_first_token_s']:.2f} s", "4")
if explained := read("explain.json"):
    row("engine: 1 x 1024, kernels one by one, and the step", f"{explained['parts_us'] / 1e3:.3f} ms, {explained['us'] / 1e3:.3f} ms")
for one in (read("bench_kernels.json") or {"kernels": []})["kernels"]:
    row(f"engine: {one['kernel']}, {one['problem'].split(' ')[0]}, x {one['steps']}",
        f"{one['us']:.1f} us, {one['share']:.0%} of {one['bound']}")
for run, goal in (("empty", 60), ("full", 10)):
    if build := read(f"build_{run}.json"):
        row(f"build of the 8B engine, {run} timing cache", f"{build['seconds']:.1f} s, {build['peak_bytes'] / 2**30:.1f} GiB", f"{goal} s, 2 GiB")
if words := read("words.json"):
    row("SmolLM2: sure positions with another token", f"{words['sure_differ']} of {words['sure']}", "0")
goldens = FOLDER / "goldens.txt"
if goldens.exists():
    row("goldens", goldens.read_text().splitlines()[-1], "0")
