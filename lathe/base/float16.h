// SPDX-License-Identifier: Apache-2.0
// bf16 and fp16 as bits, with round-to-nearest-even conversions. NaN stays NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace lathe {

struct Bf16 {
  uint16_t bits = 0;
  bool operator==(const Bf16&) const = default;
};
struct Fp16 {
  uint16_t bits = 0;
  bool operator==(const Fp16&) const = default;
};

inline float to_float(Bf16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}
inline Bf16 to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) {  // keep NaN quiet, do not round it to infinity
    return {static_cast<uint16_t>((bits >> 16) | 0x40)};
  }
  return {static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

inline float to_float(Fp16 value) {
  return static_cast<float>(std::bit_cast<_Float16>(value.bits));
}
inline Fp16 to_fp16(float value) { return {std::bit_cast<uint16_t>(static_cast<_Float16>(value))}; }

}  // namespace lathe
