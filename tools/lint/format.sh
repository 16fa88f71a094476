#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that clang-format would change nothing. Mend with: clang-format -i FILE
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.h' '*.cc' | xargs -rd '\n' ls -d 2>/dev/null)
if [ ${#files[@]} -eq 0 ]; then
  echo "format: no source file found: is the tree where it should be?" >&2
  exit 1
fi
printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 20 clang-format --dry-run -Werror
echo "format: ${#files[@]} files"
