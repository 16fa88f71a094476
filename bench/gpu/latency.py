#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""latency.py LATHE ENGINE OUT.json: `lathe bench latency` of an engine of Llama 3 8B's shapes, and the time from the
start of the process to its first token."""
import json
import statistics
import subprocess
import sys
import time

lathe, engine, out = sys.argv[1:]
# sequences, tokens of a sequence in the middle of its answer, tokens of the answer, further flags
STEPS = [(1, 1024, 128, []), (16, 1024, 64, []), (64, 1024, 64, []), (64, 4096, 32, []),
         (16, 1024, 64, ["--deterministic"])]
PROMPT = 2048  # of one sequence, whose context is timed


def run(*arguments):
    begin = time.perf_counter()
    done = subprocess.run([lathe, *arguments], capture_output=True, text=True, timeout=200)
    if done.returncode != 0:
        sys.exit(f"lathe {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout, time.perf_counter() - begin


def latency(batch, prompt, answer, flags):
    """What `bench latency` prints, of prompts and answers of so many tokens."""
    text, _ = run("bench", "latency", engine, "--batch", str(batch), "--prompt-tokens", str(prompt), "--output-tokens",
                  str(answer), "--repeat", "3", "--json", *flags)
    return json.loads(text)


results = []
for batch, context, answer, flags in STEPS:
    figures = latency(batch, context - answer // 2, answer, flags)
    results.append({"batch": batch, "context": context, "flags": flags, "device": figures["device"],
                    "decode_ms": statistics.median(figures["decode_ms_per_token"])})
context_ms = PROMPT * 1e3 / statistics.median(latency(1, PROMPT, 4, [])["prefill_tokens_per_s"])
starts = [run("run", engine, "--token-ids", "1,2,3", "--max-tokens", "1", "--json")[1] for _ in range(3)]
with open(out, "w", encoding="ascii") as file:
    json.dump({"steps": results, "context_tokens": PROMPT, "context_ms": context_ms,
               "start_to_first_token_s": statistics.median(starts)}, file, indent=1)
