#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy.sh [all | FILE…]: clang-tidy over the C++ files changed since the merge base with main, over every file
# (make lint-all), or over those named. BUILD names the folder with compile_commands.json (build). apps/lathe/main.cc is
# always examined, so that a run proves the tool.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
if [ ! -f "$build/compile_commands.json" ]; then
  echo "tidy: skipped: no $build/compile_commands.json; configure first: cmake --preset ci"
  exit 0
fi

# The commit to compare with: where this branch left main, or on main itself the commit before.
base_commit() {
  local main base
  for main in origin/main main; do
    base=$(git merge-base "$main" HEAD 2>/dev/null) || continue
    [ "$base" = "$(git rev-parse HEAD)" ] || { echo "$base"; return; }
  done
  git rev-parse -q --verify HEAD~1
}

since="the beginning"
if [ $# -gt 0 ] && [ "$1" != all ]; then
  named=("$@") since="they were named"
  changed() { printf '%s\n' "${named[@]}"; }
elif [ "${1:-}" != all ] && base=$(base_commit); then
  since=$(git rev-parse --short "$base")
  changed() { git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h'; git ls-files --others --exclude-standard '*.cc' '*.h'; }
else
  changed() { git ls-files --cached --others --exclude-standard '*.cc' '*.h'; }
fi
mapfile -t files < <({ changed; echo apps/lathe/main.cc; } | sort -u)

# A file that no target of this build compiles (a fuzzer, say) has no flags of its own: clang-tidy borrows a neighbour's.
# Functions of a header are used by those who include it.
printf '%s\0' "${files[@]}" |
  xargs -0 -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet --extra-arg=-Wno-pragma-once-outside-header \
    --extra-arg=-Wno-unused-function 2>&1 |
  { grep -vE '^[0-9]+ warnings? (generated|and)' || true; }
echo "tidy: ${#files[@]} files changed since $since"
