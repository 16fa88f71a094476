// SPDX-License-Identifier: Apache-2.0
// Element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lathe {

// Do not change these values: they are stored in engines.
enum class DType : uint8_t {
  kF32 = 1,
  kF16 = 2,
  kBf16 = 3,
  kI8 = 4,
  kU8 = 5,
  kI32 = 6,
  kI64 = 7,
  kBool = 8,  // one byte, 0 or 1
  kU4 = 9,    // two codes a byte, low nibble first; only innermost dims of even size
  kF8E4M3 = 10,
  kState = 11,  // a handle to state that the network names (a KV cache): no elements
};

std::span<const DType> enum_values(DType);
std::string_view to_string(DType dtype);                      // "f32", "bf16", …
std::optional<DType> dtype_from_name(std::string_view name);  // inverse of to_string
int bits_of(DType dtype);                                     // 0 for kState
bool is_floating(DType dtype);
bool is_integer(DType dtype);  // bool is not

// Bytes of `count` elements, rounded up to whole bytes.
inline int64_t bytes_for(DType dtype, int64_t count) { return (count * bits_of(dtype) + 7) / 8; }

}  // namespace lathe
