// SPDX-License-Identifier: Apache-2.0
// One block of the quantize op: what quantize and the norms that quantize share.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace lathe::kernels {

// Codes of x[0 … count) into `codes`; returns the scale, max |x| / 127. Where x has a NaN or
// an infinity so is the scale, and the codes are 0: it reaches every product, and is not lost.
inline float quantize_block(const float* x, int64_t count, int8_t* codes) {
  uint32_t greatest = 0;  // bits of |x|: as integers they order like the values, NaN above all
  for (int64_t i = 0; i < count; ++i) {
    greatest = std::max(greatest, std::bit_cast<uint32_t>(x[i]) & 0x7fffffff);
  }
  const float scale = std::bit_cast<float>(greatest) / 127.0f;
  const bool codable = std::isfinite(scale) && scale > 0;
  for (int64_t i = 0; i < count; ++i) {
    const float code = codable ? std::nearbyint(x[i] / scale) : 0;
    codes[i] = static_cast<int8_t>(std::clamp(code, -127.0f, 127.0f));
  }
  return scale;
}

}  // namespace lathe::kernels
