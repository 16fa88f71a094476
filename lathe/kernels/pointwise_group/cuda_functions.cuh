// SPDX-License-Identifier: Apache-2.0
// The element-wise functions of ops/elementwise.h on f32 and on integers, by the names of their
// kinds. Every result is rounded on its own: products and sums are never contracted.
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"

LATHE_DEVICE float unary_neg(float x) { return -x; }
LATHE_DEVICE float unary_abs(float x) { return fabsf(x); }
LATHE_DEVICE float unary_exp(float x) { return expf(x); }
LATHE_DEVICE float unary_log(float x) { return logf(x); }
LATHE_DEVICE float unary_sqrt(float x) { return sqrtf(x); }
LATHE_DEVICE float unary_rsqrt(float x) { return 1 / sqrtf(x); }
LATHE_DEVICE float unary_reciprocal(float x) { return 1 / x; }
LATHE_DEVICE float unary_square(float x) { return __fmul_rn(x, x); }
LATHE_DEVICE float unary_sin(float x) { return sinf(x); }
LATHE_DEVICE float unary_cos(float x) { return cosf(x); }
LATHE_DEVICE float unary_tanh(float x) { return tanhf(x); }
LATHE_DEVICE float unary_erf(float x) { return erff(x); }
LATHE_DEVICE float unary_sigmoid(float x) { return 1 / (1 + expf(-x)); }
LATHE_DEVICE float unary_relu(float x) { return x > 0 || x != x ? x : 0; }
LATHE_DEVICE float unary_silu(float x) { return __fmul_rn(x, unary_sigmoid(x)); }
// (1 + erf(x / sqrt 2)) / 2 without the cancellation below zero.
LATHE_DEVICE float unary_gelu(float x) {
  return __fmul_rn(x, 0.5f * erfcf(-x * 0.70710678118654752f));
}
// (1 + tanh u) / 2 is sigmoid(2 u), which does not cancel.
LATHE_DEVICE float unary_gelu_tanh(float x) {
  return __fmul_rn(x, unary_sigmoid(1.5957691216057308f * (x + 0.044715f * x * x * x)));
}
LATHE_DEVICE float unary_quick_gelu(float x) { return __fmul_rn(x, unary_sigmoid(1.702f * x)); }
LATHE_DEVICE float unary_floor(float x) { return floorf(x); }
LATHE_DEVICE float unary_ceil(float x) { return ceilf(x); }
LATHE_DEVICE float unary_round(float x) { return rintf(x); }

LATHE_DEVICE i64 unary_neg(i64 x) { return static_cast<i64>(u64{0} - static_cast<u64>(x)); }
LATHE_DEVICE i64 unary_abs(i64 x) { return x < 0 ? unary_neg(x) : x; }
LATHE_DEVICE i64 unary_square(i64 x) {
  return static_cast<i64>(static_cast<u64>(x) * static_cast<u64>(x));
}
LATHE_DEVICE i64 unary_not(i64 x) { return x == 0; }

LATHE_DEVICE float binary_add(float a, float b) { return __fadd_rn(a, b); }
LATHE_DEVICE float binary_sub(float a, float b) { return __fsub_rn(a, b); }
LATHE_DEVICE float binary_mul(float a, float b) { return __fmul_rn(a, b); }
LATHE_DEVICE float binary_div(float a, float b) { return __fdiv_rn(a, b); }
LATHE_DEVICE float binary_pow(float a, float b) { return powf(a, b); }
LATHE_DEVICE float binary_max(float a, float b) { return a > b || a != a ? a : b; }
LATHE_DEVICE float binary_min(float a, float b) { return a < b || a != a ? a : b; }

LATHE_DEVICE i64 binary_add(i64 a, i64 b) {
  return static_cast<i64>(static_cast<u64>(a) + static_cast<u64>(b));
}
LATHE_DEVICE i64 binary_sub(i64 a, i64 b) {
  return static_cast<i64>(static_cast<u64>(a) - static_cast<u64>(b));
}
LATHE_DEVICE i64 binary_mul(i64 a, i64 b) {
  return static_cast<i64>(static_cast<u64>(a) * static_cast<u64>(b));
}
LATHE_DEVICE i64 binary_div(i64 a, i64 b) {  // rounded down
  if (b == 0) return 0;
  if (b == -1) return unary_neg(a);
  const i64 quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
LATHE_DEVICE i64 binary_mod(i64 a, i64 b) {  // of the sign of b
  if (b == 0 || b == -1) return 0;
  const i64 rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
LATHE_DEVICE i64 binary_pow(i64 base, i64 exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  i64 result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = binary_mul(result, base);
    base = binary_mul(base, base);
  }
  return result;
}
LATHE_DEVICE i64 binary_max(i64 a, i64 b) { return a > b ? a : b; }
LATHE_DEVICE i64 binary_min(i64 a, i64 b) { return a < b ? a : b; }
LATHE_DEVICE i64 binary_and(i64 a, i64 b) { return a & b; }
LATHE_DEVICE i64 binary_or(i64 a, i64 b) { return a | b; }

template <class N>
LATHE_DEVICE i64 compare_eq(N a, N b) {
  return a == b;
}
template <class N>
LATHE_DEVICE i64 compare_ne(N a, N b) {
  return a != b;
}
template <class N>
LATHE_DEVICE i64 compare_lt(N a, N b) {
  return a < b;
}
template <class N>
LATHE_DEVICE i64 compare_le(N a, N b) {
  return a <= b;
}
template <class N>
LATHE_DEVICE i64 compare_gt(N a, N b) {
  return a > b;
}
template <class N>
LATHE_DEVICE i64 compare_ge(N a, N b) {
  return a >= b;
}

// --- element types: how they are stored, what number they are in between ---

template <class Stored, i64 kLeast, i64 kGreatest>
struct Integer {
  using Number = i64;
  static LATHE_DEVICE i64 load(const void* from, i64 index) {
    return static_cast<const Stored*>(from)[index];
  }
  static LATHE_DEVICE void store(void* to, i64 index, i64 value) {
    static_cast<Stored*>(to)[index] = static_cast<Stored>(value);
  }
  static LATHE_DEVICE i64 round(i64 value) { return static_cast<Stored>(value); }  // wraps
  static LATHE_DEVICE i64 convert(i64 value) {
    return value > kGreatest ? kGreatest : value < kLeast ? kLeast : value;
  }
  static LATHE_DEVICE i64 convert(float value) {
    if (value != value) return 0;
    if (value >= static_cast<float>(kGreatest)) return kGreatest;
    if (value <= static_cast<float>(kLeast)) return kLeast;
    return static_cast<i64>(value);
  }
};
using I8 = Integer<signed char, -128, 127>;
using U8 = Integer<unsigned char, 0, 255>;
using I32 = Integer<int, -2147483648ll, 2147483647ll>;
using I64 = Integer<i64, -9223372036854775807ll - 1, 9223372036854775807ll>;
struct Bool : U8 {
  static LATHE_DEVICE i64 convert(i64 value) { return value != 0; }
  static LATHE_DEVICE i64 convert(float value) { return value != 0; }
};

template <class Stored>
struct Floating {
  using Number = float;
  static LATHE_DEVICE float load(const void* from, i64 index) {
    return Numeric<Stored>::load(static_cast<const Stored*>(from)[index]);
  }
  static LATHE_DEVICE void store(void* to, i64 index, float value) {
    static_cast<Stored*>(to)[index] = Numeric<Stored>::store(value);
  }
  static LATHE_DEVICE float round(float value) { return rounded<Stored>(value); }
  static LATHE_DEVICE float convert(i64 value) { return static_cast<float>(value); }
  static LATHE_DEVICE float convert(float value) { return value; }
};

struct PointwiseParameters {
  i64 elements;
  i64 sizes[8];
  void* pointers[22];
};
