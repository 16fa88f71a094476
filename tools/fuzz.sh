#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS [FUZZER…]: builds the libFuzzer targets (clang, address and undefined-behaviour sanitizers) and runs
# each for SECONDS from its committed corpus, tests/corpus/FUZZER. What it finds new stays in build-asan/fuzz/FUZZER;
# a crash leaves its input there and fails the run. Fails too where a fuzzer has no corpus, or none exists.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz.sh SECONDS [FUZZER…]}
shift

cmake --preset asan >/dev/null
cmake --build --preset asan --target lathe_fuzzers
mapfile -t all < <(git ls-files --cached --others --exclude-standard '*_fuzz.cc' | sed 's|.*/||; s|\.cc$||')
fuzzers=("${@:-${all[@]}}")
[ -n "${fuzzers[0]:-}" ] || { echo "fuzz: no x_fuzz.cc found" >&2; exit 1; }

export LLVM_PROFILE_FILE=/dev/null
for fuzzer in "${fuzzers[@]}"; do
  corpus=tests/corpus/$fuzzer
  [ -n "$(ls -A "$corpus" 2>/dev/null)" ] || { echo "fuzz: $fuzzer has no corpus in $corpus" >&2; exit 1; }
  found=build-asan/fuzz/$fuzzer
  mkdir -p "$found"
  log=$found.log
  if ! "build-asan/$fuzzer" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 -malloc_limit_mb=1024 \
    -timeout=10 -print_final_stats=1 -artifact_prefix="$found/" "$found" "$corpus" >"$log" 2>&1; then
    tail -n 60 "$log"
    echo "fuzz: $fuzzer failed; replay: build-asan/$fuzzer FILE of $found" >&2
    exit 1
  fi
  echo "fuzz: $fuzzer: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, no failure"
done
