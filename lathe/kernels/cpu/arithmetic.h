// SPDX-License-Identifier: Apache-2.0
// Arithmetic of int64_t that wraps, with the edge cases of ops/elementwise.h; and the scalar forms
// of the floating functions that more than one reference needs.
#pragma once

#include <cstdint>

#include "lathe/ops/elementwise.h"

namespace lathe::kernels {

inline int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t wrapping_sub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
inline int64_t wrapping_mul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
int64_t floor_div(int64_t a, int64_t b);  // 0 where b is 0
int64_t floor_mod(int64_t a, int64_t b);  // the sign of b; 0 where b is 0
int64_t wrapping_pow(int64_t base, int64_t exponent);

// One element of ops::Unary and ops::Binary. Kinds that the dtype does not have are kInternal.
float apply(ops::UnaryKind kind, float x);
int64_t apply(ops::UnaryKind kind, int64_t x);
float apply(ops::BinaryKind kind, float a, float b);
int64_t apply(ops::BinaryKind kind, int64_t a, int64_t b);
template <class N>
bool apply(ops::CompareKind kind, N a, N b) {
  switch (kind) {
    case ops::CompareKind::kEq:
      return a == b;
    case ops::CompareKind::kNe:
      return a != b;
    case ops::CompareKind::kLt:
      return a < b;
    case ops::CompareKind::kLe:
      return a <= b;
    case ops::CompareKind::kGt:
      return a > b;
    case ops::CompareKind::kGe:
      return a >= b;
  }
  return false;
}

// A number as an integer of `dtype`: towards zero, saturating, NaN as 0; as bool whether it is
// not 0.
int64_t to_integer(float value, DType dtype);
int64_t to_integer(int64_t value, DType dtype);

}  // namespace lathe::kernels
