#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pack.sh FOLDER: all that bench/gpu.sh needs on the machine with the GPU, made on one without: stripped binaries and
# engines for sm_90a (the tiny checkpoints in bf16 and fp16, Llama 3 8B's shapes, SmolLM2 where it has been fetched).
# Needs a built tree (BUILD, build/) and NVRTC. About 7 minutes with an empty code cache, 300 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:?usage: pack.sh FOLDER}
build=${BUILD:-build}
model=${LATHE_CACHE:-$HOME/.cache/lathe}/smollm2-135m-instruct.gguf
mkdir -p "$folder/engines"
folder=$(realpath "$folder")
export LATHE_TIMING_CACHE=${LATHE_TIMING_CACHE:-$folder/../gpu_timings.json}  # and compiled code beside it

for binary in lathe lathe_gpu_tests; do strip -o "$folder/$binary" "$build/$binary"; done
build_engine() { "$build/lathe" build "$@" 2>&1 | sed -n 1p; }
for checkpoint in tests/data/checkpoints/*/; do
  name=$(basename "$checkpoint")
  for dtype in bf16 fp16; do
    build_engine "$checkpoint" --dtype $dtype --target sm_90a --output "$folder/engines/$name.$dtype"
  done
done
build_engine bench/data/llama3_8b --dummy-weights 1 --dtype bf16 --target sm_90a --output "$folder/llama3_8b.engine"
[ -f "$model" ] || { echo "pack: no $model (tools/fetch_smollm2.sh): its stage is left out"; exit 0; }
build_engine "$model" --dtype bf16 --target sm_90a --output "$folder/smollm2.gpu"
build_engine "$model" --dtype bf16 --target cpu --output "$folder/smollm2.cpu"
python3 bench/gpu/prompts.py tests/data/smollm2/golden.safetensors "$folder/smollm2_prompts.json"
