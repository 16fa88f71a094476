#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Replays the committed corpora and prints the line coverage of each file in tools/fuzz_targets.txt. Fails under
# MINIMUM %, and where a fuzzer is not in that list.
set -euo pipefail
cd "$(dirname "$0")/.."
minimum=${MINIMUM:-90}

cmake --preset asan >/dev/null
cmake --build --preset asan --target lathe_fuzzers
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Prints "covered total" lines of SOURCE after a replay into $scratch/FUZZER.profdata. Compilers may be given relative
# paths (a compiler cache does that), so the file is found by the end of its name.
lines_of() {
  llvm-cov-14 export -summary-only "build-asan/$1" -instr-profile="$scratch/$1.profdata" |
    python3 -c 'import json, sys
found = [file for file in json.load(sys.stdin)["data"][0]["files"] if file["filename"].endswith("/" + sys.argv[1])]
lines = found[0]["summary"]["lines"] if len(found) == 1 else sys.exit(f"{len(found)} files end in {sys.argv[1]}")
print(lines["covered"], lines["count"])' "$2"
}

status=0 count=0
while IFS=: read -r fuzzer sources; do
  LLVM_PROFILE_FILE=$scratch/$fuzzer.profraw "build-asan/$fuzzer" -runs=0 -max_len=65536 "tests/corpus/$fuzzer" 2>"$scratch/log" ||
    { tail -n 60 "$scratch/log"; echo "fuzz_coverage: $fuzzer fails on its corpus" >&2; exit 1; }
  llvm-profdata-14 merge "$scratch/$fuzzer.profraw" -o "$scratch/$fuzzer.profdata"
  for source in $sources; do
    [ -e "$source" ] || { echo "$fuzzer: $source is gone"; continue; }  # a model family is one file to delete
    read -r covered total < <(lines_of "$fuzzer" "$source")
    percent=$((total > 0 ? 100 * covered / total : 0))
    echo "$fuzzer: $source: $covered of $total lines, $percent %"
    [ $percent -ge "$minimum" ] || { echo "fuzz_coverage: $source is under $minimum %" >&2; status=1; }
    count=$((count + 1))
  done
done < <(grep -v '^#' tools/fuzz_targets.txt)

for fuzzer in $(git ls-files --cached --others --exclude-standard '*_fuzz.cc' | sed 's|.*/||; s|\.cc$||'); do
  grep -q "^$fuzzer:" tools/fuzz_targets.txt || { echo "fuzz_coverage: $fuzzer is not in tools/fuzz_targets.txt" >&2; status=1; }
done
[ $count -gt 0 ] || { echo "fuzz_coverage: tools/fuzz_targets.txt names no file" >&2; status=1; }
[ $status -ne 0 ] || echo "fuzz_coverage: $count files, each at least $minimum % of the lines"
exit $status
