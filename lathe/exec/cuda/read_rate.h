// SPDX-License-Identifier: Apache-2.0
// How fast a GPU reads its memory: the ceiling that times of kernels are shares of.
//
//   const double bytes_per_s = measure_read_rate(gpu, {});
//
// For benchmarks. One thread at a time.
#pragma once

#include <string>

#include "lathe/core/cuda/library.h"
#include "lathe/core/cuda/module.h"
#include "lathe/core/cuda/stream.h"
#include "lathe/exec/cuda/gpu.h"

namespace lathe::exec {

// Beyond every cache.
inline constexpr size_t kReadBytes = size_t{1} << 30;

// CUDA C++ of two kernels: "fill" writes random words under a mask of exponents, "read_all" reads.
std::string read_probe_source();

// Fills `bytes` of memory with random bf16 numbers, since a card clocks higher over zeros, and
// reads them again and again: bytes a second, the median of some times. `probe` is
// read_probe_source, compiled. Throws kOutOfMemory.
double measure_read_rate(const cuda::Stream& stream, const cuda::Module& probe,
                         size_t bytes = kReadBytes);
// Compiles the probe first. Throws kUnavailable without NVRTC too.
double measure_read_rate(const Gpu& gpu, const cuda::LibrarySearch& search);

}  // namespace lathe::exec
