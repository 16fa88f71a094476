#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS [FUZZER…]: builds the libFuzzer targets (clang, address and undefined-behaviour sanitizers) and runs
# each for SECONDS, one a core at a time, from its committed corpus, tests/corpus/FUZZER. What it finds new stays in
# build-asan/fuzz/FUZZER; a crash leaves its input there and fails the run. Fails too where a fuzzer has no corpus, or
# none exists. RUNS=N stops each after N inputs instead; MAX_LEN=N makes none longer than N bytes, for more of them a second.
set -euo pipefail
cd "$(dirname "$0")/.."
export seconds=${1:?usage: fuzz.sh SECONDS [FUZZER…]}
shift
export limit="-max_total_time=$seconds"
[ -z "${RUNS:-}" ] || limit="-runs=$RUNS"

cmake --preset asan >/dev/null
cmake --build --preset asan --target lathe_fuzzers
mapfile -t all < <(git ls-files --cached --others --exclude-standard '*_fuzz.cc' | sed 's|.*/||; s|\.cc$||')
fuzzers=("${@:-${all[@]}}")
[ -n "${fuzzers[0]:-}" ] || { echo "fuzz: no x_fuzz.cc found" >&2; exit 1; }

export LLVM_PROFILE_FILE=/dev/null
fuzz_one() {  # FUZZER
  local corpus=tests/corpus/$1 found=build-asan/fuzz/$1
  [ -n "$(ls -A "$corpus" 2>/dev/null)" ] || { echo "fuzz: $1 has no corpus in $corpus"; return 1; }
  mkdir -p "$found"
  if ! "build-asan/$1" "$limit" -max_len="${MAX_LEN:-65536}" -rss_limit_mb=2048 -malloc_limit_mb=1024 -timeout=10 \
    -print_final_stats=1 -artifact_prefix="$found/" "$found" "$corpus" >"$found.log" 2>&1; then
    tail -n 60 "$found.log"
    echo "fuzz: $1 failed; replay: build-asan/$1 FILE of $found"
    return 1
  fi
  echo "fuzz: $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log") inputs, no failure"
}
export -f fuzz_one
printf '%s\0' "${fuzzers[@]}" | xargs -0 -P "$(nproc)" -I{} bash -c 'fuzz_one {}'
echo "fuzz: ${#fuzzers[@]} fuzzers, $seconds s each"
