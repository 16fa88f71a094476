#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what a build (or, with `test`, the tests too) needs on Debian 12. Does nothing where all is present.
# As root or with sudo; without either it names the packages and exits 1.
set -euo pipefail

packages=(g++ cmake ninja-build python3 ca-certificates
  nlohmann-json3-dev libcli11-dev libfmt-dev libspdlog-dev libpcre2-dev libutf8proc-dev libxxhash-dev)
if [ "${1:-build}" = test ]; then
  packages+=(libgtest-dev clang clang-format clang-tidy libclang-rt-14-dev llvm python3-venv)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ]; then
  sudo=""
elif command -v sudo >/dev/null; then
  sudo=sudo
else
  echo "error: neither root nor sudo: please install: ${missing[*]}" >&2
  exit 1
fi
echo "installing: ${missing[*]}" >&2
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
