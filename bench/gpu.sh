#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# gpu.sh FOLDER OUT [STAGE…]: everything about a GPU, on a machine that has one and an installed NVRTC, no toolkit.
# FOLDER is what bench/gpu/pack.sh made elsewhere. Stages, each a few minutes at most; all by default:
#
#   kernels  conformance of every kernel, then each one's time beside the ceiling of the same process
#   step     a generation step of Llama 3 8B, put together from kernels
#   peers    cuBLAS and scaled_dot_product_attention through PyTorch
#   goldens  the tiny checkpoints' engines against their goldens, in five mixtures of steps; deterministic bit for bit
#   latency  Llama 3 8B's shapes through `lathe bench latency` (answers around the named context), start to first token
#   explain  the same engine's kernels one by one: `lathe explain` of a step of 1 x 1,024, `lathe bench kernels` of three
#   choices  Llama 3 8B's engine built here, with an empty timing cache and with the full one; the pack's engine tuned by it
#   words    SmolLM2: the GPU's bf16 engine against the CPU's, teacher-forced (MODEL: the GGUF file)
#
# Sources are compiled by WORKERS processes first, so that nothing is compiled while the device is timed. Writes OUT/*.json
# and OUT/*.txt, prints one table of all JSON that OUT holds; exit 1 where a stage failed.
set -uo pipefail
pack=$(realpath "${1:?usage: gpu.sh FOLDER OUT [STAGE…]}")
out=$(mkdir -p "${2:?usage: gpu.sh FOLDER OUT [STAGE…]}" && realpath "$2")
here=$(dirname "$(realpath "$0")")
stages=("${@:3}")
[ ${#stages[@]} -gt 0 ] || stages=(kernels step peers goldens latency explain choices words)
model=${MODEL:-${LATHE_CACHE:-$HOME/.cache/lathe}/smollm2-135m-instruct.gguf}
options=(--problems "$here/problems/gpu" --goldens "$here/../tests/data/ops" --cubins "$out/cubins")
export NCCL_NVLS_ENABLE=0

compile() {
  for ((i = 0; i < ${WORKERS:-$(nproc)}; ++i)); do
    timeout 300 "$pack/lathe_gpu_tests" compile "${options[@]}" --part "$i/${WORKERS:-$(nproc)}" &
  done
  wait
}
kernels() {
  compile
  timeout 300 "$pack/lathe_gpu_tests" test "${options[@]}" > "$out/test.txt" || return
  timeout 120 "$pack/lathe_gpu_tests" bench "${options[@]}" --json "$out/kernels.json" > "$out/kernels.txt"
}
step() {
  compile
  timeout 120 "$pack/lathe_gpu_tests" step "${options[@]}" --json "$out/step.json" > "$out/step.txt"
}
peers() { timeout 120 python3 "$here/gpu/peers.py" "$out/peers.json" > "$out/peers.txt"; }
goldens() {
  timeout 450 "$pack/lathe_gpu_tests" engines --engines "$pack/engines" \
    --checkpoints "$here/../tests/data/checkpoints" > "$out/goldens.txt"
}
latency() {
  timeout 400 python3 "$here/gpu/latency.py" "$pack/lathe" "$pack/llama3_8b.engine" "$out/latency.json"
}
explain() {
  timeout 120 "$pack/lathe" explain "$pack/llama3_8b.engine" --batch 1 --context 1024 --json > "$out/explain.json" || return
  timeout 120 "$pack/lathe" bench kernels "$pack/llama3_8b.engine" --json > "$out/bench_kernels.json"
}
choices() {
  local times=$out/timings.json run
  rm -rf "$times" "$times.code"
  for run in empty full; do
    timeout 200 "$pack/lathe" build "$here/data/llama3_8b" --dummy-weights 1 --dtype bf16 --target sm_90a \
      --output "$out/built.engine" --timing-cache "$times" --json > "$out/build_$run.json" || return
  done
  rm -rf "$out/tuned.engine"
  cp -r "$pack/llama3_8b.engine" "$out/tuned.engine"
  timeout 200 "$pack/lathe" tune "$out/tuned.engine" --timing-cache "$times" > "$out/tune.txt"
}
words() {
  [ -f "$model" ] && [ -d "$pack/smollm2.gpu" ] || { echo "words: no SmolLM2; left out"; return 0; }
  local device
  for device in gpu cpu; do
    timeout 120 "$pack/lathe" eval logits "$pack/smollm2.$device" --weights "$model" \
      --mixed "$pack/smollm2_prompts.json" --output "$out/$device.safetensors" || return
  done
  python3 "$here/gpu/same_words.py" "$out/gpu.safetensors" "$out/cpu.safetensors" > "$out/words.json"
  local status=$?
  rm -f "$out"/{gpu,cpu}.safetensors
  return $status
}

status=0
for stage in "${stages[@]}"; do
  begin=$SECONDS
  if "$stage"; then verdict=ok; else verdict=FAILED status=1; fi
  echo "$stage: $verdict, $((SECONDS - begin)) s"
done
python3 "$here/gpu/table.py" "$out"
exit $status
