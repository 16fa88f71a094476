#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cpu_isa.sh BUILD CLASS    what `--cpu-isa CLASS` promises: on each kernel of the class, every op's golden problems;
#                           on the engines that choose among them, every checkpoint's goldens in fp32 and bf16
# One line counts the cases. Where this machine lacks the class it says so and skips, with exit status 77.
set -uo pipefail
build=$1 class=$2
passed=0 skipped=0 missing=
for binary in lathe_kernels_tests lathe_model_tests; do
  out=$("$build/$binary" --gtest_filter="$class/*") || { echo "$out"; echo "cpu_isa_$class: $binary failed"; exit 1; }
  missing=${missing:-$(grep -m 1 '^this CPU has ' <<<"$out")}
  passed=$((passed + $(grep -c '^\[       OK \] ' <<<"$out")))
  skipped=$((skipped + $(grep -c '^\[  SKIPPED \] .* ms)$' <<<"$out")))
  [ -n "$missing" ] || grep -E '^\[ +(OK|SKIPPED) \] .* ms\)$' <<<"$out"
done
if [ -n "$missing" ]; then
  echo "cpu_isa_$class: skipped: $missing"
  exit 77
fi
[ "$skipped" -eq 0 ] || more=", $skipped skipped"
echo "cpu_isa_$class: $passed cases pass${more-}"
[ "$passed" -gt 0 ]
