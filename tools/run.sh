#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh LATHE: a chat with SmolLM2-135M-Instruct, or the answer to $LATHE_PROMPT (make run [PROMPT="…"]).
# The model is fetched once, and its engine built once, into the cache (${LATHE_CACHE:-~/.cache/lathe}). With a prompt it
# answers that; without one and without a terminal it answers a built-in one.
set -euo pipefail

lathe=$1
prompt=${LATHE_PROMPT:-}
cache=${LATHE_CACHE:-$HOME/.cache/lathe}
engine=$cache/smollm2-135m-instruct.engine
model=$("$(dirname "$0")/fetch_smollm2.sh")

# An engine belongs to the program that wrote it and to the file's place.
stamp="$("$lathe" --version) $(cksum <"$lathe") $model"
if [ "$(cat "$cache/smollm2-135m-instruct.stamp" 2>/dev/null)" != "$stamp" ] ||
  ! "$lathe" inspect "$engine" >/dev/null 2>&1; then
  echo "building $engine" >&2
  rm -rf "$engine"
  "$lathe" build "$model" --output "$engine" >&2
  printf '%s\n' "$stamp" >"$cache/smollm2-135m-instruct.stamp"
fi

if [ -z "$prompt" ] && ! { [ -t 0 ] && [ -t 1 ]; }; then
  prompt="What is a lathe? Answer in two sentences."
  echo "> $prompt" >&2
fi
if [ -n "$prompt" ]; then
  exec "$lathe" run "$engine" --chat --prompt="$prompt" --max-tokens 200
fi
exec "$lathe" run "$engine" --chat
