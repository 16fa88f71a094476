#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything about the CUDA kernels on a machine with a GPU: conformance, benchmarks, a generation step, peers.
#
#   bench/gpu.sh BINARY OUT [WORKERS]     BINARY: lathe_gpu_tests, stripped; needs NVRTC, no toolkit headers
#
# Sources are compiled by WORKERS processes first (NVRTC serialises in one), then nothing is compiled while the
# device is timed. Writes OUT/*.json and OUT/*.txt; exit 1 where a conformance test fails. About a minute.
set -uo pipefail
binary=$(realpath "$1")
out=$(mkdir -p "$2" && realpath "$2")
workers=${3:-$(nproc)}
here=$(dirname "$(realpath "$0")")
options=(--problems "$here/problems/gpu" --cubins "$out/cubins")

for ((i = 0; i < workers; ++i)); do
  timeout 300 "$binary" compile "${options[@]}" --part "$i/$workers" &
done
wait
status=0
timeout 200 "$binary" test "${options[@]}" > "$out/test.txt" || status=1
grep -v ^pass "$out/test.txt"
timeout 120 "$binary" bench "${options[@]}" --json "$out/kernels.json" | tee "$out/kernels.txt"
timeout 120 "$binary" step "${options[@]}" --json "$out/step.json" | tee "$out/step.txt"
timeout 120 python3 "$here/gpu/peers.py" "$out/peers.json" | tee "$out/peers.txt"
exit $status
