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

// clang 14 has no _Float16 on x86; its storage type __fp16 converts by the same F16C instructions.
#ifdef __clang__
using NativeFp16 = __fp16;
#else
using NativeFp16 = _Float16;
#endif

inline float to_float(Fp16 value) {
  return static_cast<float>(__builtin_bit_cast(NativeFp16, value.bits));
}
inline Fp16 to_fp16(float value) {
  return {__builtin_bit_cast(uint16_t, static_cast<NativeFp16>(value))};
}

}  // namespace lathe
