#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# binary.sh FILE: the program, stripped, is at most 20 MB and needs glibc's libc, libm and loader alone.
set -euo pipefail
binary=${1:?usage: binary.sh FILE}
limit=$((20 * 1000 * 1000))

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$binary"
size=$(stat -c %s "$stripped")

needs=$(ldd "$binary" | awk '{print $1}' | sed 's|.*/||' | sort)
others=$(grep -vxE 'linux-vdso\.so\.1|libc\.so\.6|libm\.so\.6|ld-linux-x86-64\.so\.2' <<<"$needs" || true)
if [ -n "$others" ]; then
  echo "binary: $binary needs more than glibc:" $others >&2
  exit 1
fi
if [ "$size" -gt $limit ]; then
  echo "binary: $binary has $size bytes stripped, the limit is $limit" >&2
  exit 1
fi
echo "binary: $binary has $size bytes stripped (limit $limit); needs" $needs
