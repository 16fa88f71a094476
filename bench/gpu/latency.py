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
# sequences, tokens of each prompt, tokens of each answer, further flags
CASES = [(1, 1024, 128, []), (1, 2048, 4, []), (16, 1024, 64, []), (64, 1024, 64, []), (64, 4096, 32, []),
         (16, 1024, 64, ["--deterministic"])]


def run(*arguments):
    begin = time.perf_counter()
    done = subprocess.run([lathe, *arguments], capture_output=True, text=True, timeout=200)
    if done.returncode != 0:
        sys.exit(f"lathe {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout, time.perf_counter() - begin


results = []
for batch, prompt, answer, flags in CASES:
    text, _ = run("bench", "latency", engine, "--batch", str(batch), "--prompt-tokens", str(prompt), "--output-tokens",
                  str(answer), "--repeat", "3", "--json", *flags)
    figures = json.loads(text)
    results.append({"batch": batch, "prompt_tokens": prompt, "flags": flags, "device": figures["device"],
                    "decode_ms": statistics.median(figures["decode_ms_per_token"]),
                    "prefill_ms": batch * prompt * 1e3 / statistics.median(figures["prefill_tokens_per_s"])})
starts = [run("run", engine, "--token-ids", "1,2,3", "--max-tokens", "1", "--json")[1] for _ in range(3)]
with open(out, "w", encoding="ascii") as file:
    json.dump({"steps": results, "start_to_first_token_s": statistics.median(starts)}, file, indent=1)
