// SPDX-License-Identifier: Apache-2.0
// One block of the quantize op, sixteen values at a time: the bits of cpu/quantize_block.h.
#pragma once

#include <cmath>

#include "lathe/kernels/cpu/vector.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline float greatest_magnitude(const float* x, int64_t count) {
  F32x16 greatest = zeros();
  for (int64_t i = 0; i < count; i += kVector) {
    greatest = max_magnitude(load(x + i, count - i), greatest);
  }
  // As integers, so that a NaN wins among the lanes too.
  float lanes[kVector];
  store(lanes, greatest);
  int32_t bits = 0;
  for (const float lane : lanes) bits = std::max(bits, std::bit_cast<int32_t>(lane));
  return std::bit_cast<float>(bits);
}

inline float quantize_vectors(const float* x, int64_t count, int8_t* codes) {
  const float scale = greatest_magnitude(x, count) / 127.0f;
  const bool codable = std::isfinite(scale) && scale > 0;
  for (int64_t i = 0; i < count; i += kVector) {
    F32x16 code = zeros();
    if (codable) code = round(load(x + i, count - i) / broadcast(scale));
    code = max(broadcast(-127), min(broadcast(127), code));
    store(codes + i, code, count - i);
  }
  return scale;
}

}  // namespace
}  // namespace lathe::kernels
