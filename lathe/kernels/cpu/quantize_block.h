// SPDX-License-Identifier: Apache-2.0
// One block of the quantize op: what quantize and the norms that quantize share.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace lathe::kernels {

// By what x is multiplied for its codes; 0 where the codes are 0: a scale that is no number, or one
// so small (below 2^-128) that it has no reciprocal.
inline float quantize_factor(float scale) {
  const float factor = 1.0f / scale;
  return std::isfinite(scale) && std::isfinite(factor) ? factor : 0.0f;
}

// Codes of x[0 … count) into `codes`; returns the scale, max |x| / 127. A NaN or an infinity makes
// the scale one and the codes 0, so that it is not lost.
inline float quantize_block(const float* x, int64_t count, int8_t* codes) {
  uint32_t greatest = 0;  // bits of |x|: as integers they order like the values, NaN above all
  for (int64_t i = 0; i < count; ++i) {
    greatest = std::max(greatest, std::bit_cast<uint32_t>(x[i]) & 0x7fffffff);
  }
  const float scale = std::bit_cast<float>(greatest) / 127.0f;
  const float factor = quantize_factor(scale);
  for (int64_t i = 0; i < count; ++i) {
    codes[i] = factor == 0 ? 0 : static_cast<int8_t>(std::nearbyint(x[i] * factor));
  }
  return scale;
}

}  // namespace lathe::kernels
