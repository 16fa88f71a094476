// SPDX-License-Identifier: Apache-2.0
// The functions on floats, for the file of one ISA class.
#pragma once

#include "lathe/kernels/cpu/vector_math.h"
#include "lathe/kernels/pointwise_group/tile_ops.h"

namespace lathe::kernels {
namespace {

template <class Simd>
struct FloatBodies {
  using Floats = typename Simd::Floats;

  static Floats plus(Floats a, Floats b) { return Simd::add(a, b); }
  static Floats minus(Floats a, Floats b) { return Simd::subtract(a, b); }
  static Floats times(Floats a, Floats b) { return Simd::multiply(a, b); }
  static Floats over(Floats a, Floats b) { return Simd::divide(a, b); }
  // The instructions give b where either is NaN.
  static Floats greater(Floats a, Floats b) {
    return Simd::select(Simd::not_equal(a, a), a, Simd::max(a, b));
  }
  static Floats lesser(Floats a, Floats b) {
    return Simd::select(Simd::not_equal(a, a), a, Simd::min(a, b));
  }
  static Floats greater_than(Floats a, Floats b) { return Simd::less(b, a); }
  static Floats greater_equal(Floats a, Floats b) { return Simd::less_equal(b, a); }

  static Floats reciprocal(Floats x) { return Simd::divide(Simd::all(1.0f), x); }
  static Floats rsqrt(Floats x) { return reciprocal(Simd::square_root(x)); }
  static Floats square(Floats x) { return Simd::multiply(x, x); }
  static Floats relu(Floats x) { return Simd::max(Simd::zero(), x); }

  // To nearest even, as to_bf16 of base/float16.h.
  static Floats round_to_bf16(Floats x) {
    const auto bits = Simd::as_ints(x);
    const auto odd = Simd::bit_and(Simd::template shift_right<16>(bits), Simd::all_ints(1));
    const auto up = Simd::add_ints(Simd::add_ints(bits, Simd::all_ints(0x7fff)), odd);
    const auto quiet = Simd::bit_or(bits, Simd::all_ints(0x400000));
    const Floats result =
        Simd::select(Simd::not_equal(x, x), Simd::as_floats(quiet), Simd::as_floats(up));
    return Simd::as_floats(Simd::bit_and(Simd::as_ints(result), Simd::all_ints(-0x10000)));
  }

  template <Floats (*kBody)(Floats)>
  static void unary(void* y, const void* a, const void*, const void*, int64_t count) {
    for (int64_t i = 0; i < count; i += kTileGroup) {
      Simd::store(static_cast<float*>(y) + i, kBody(Simd::load(static_cast<const float*>(a) + i)));
    }
  }
  template <Floats (*kBody)(Floats, Floats)>
  static void binary(void* y, const void* a, const void* b, const void*, int64_t count) {
    for (int64_t i = 0; i < count; i += kTileGroup) {
      const Floats left = Simd::load(static_cast<const float*>(a) + i);
      const Floats right = Simd::load(static_cast<const float*>(b) + i);
      Simd::store(static_cast<float*>(y) + i, kBody(left, right));
    }
  }
  static void where(void* y, const void* a, const void* b, const void* c, int64_t count) {
    for (int64_t i = 0; i < count; i += kTileGroup) {
      const Floats mask = Simd::load(static_cast<const float*>(a) + i);
      const Floats left = Simd::load(static_cast<const float*>(b) + i);
      const Floats right = Simd::load(static_cast<const float*>(c) + i);
      Simd::store(static_cast<float*>(y) + i, Simd::select(mask, left, right));
    }
  }

  static constexpr FloatTileOps table() {
    return {
        .unary = {unary<negative<Simd>>,
                  unary<magnitude<Simd>>,
                  unary<vector_exp<Simd>>,
                  log_tile,
                  unary<Simd::square_root>,
                  unary<rsqrt>,
                  unary<reciprocal>,
                  unary<square>,
                  sin_tile,
                  cos_tile,
                  unary<vector_tanh<Simd>>,
                  unary<vector_erf<Simd>>,
                  unary<vector_sigmoid<Simd>>,
                  unary<relu>,
                  unary<vector_silu<Simd>>,
                  unary<vector_gelu<Simd>>,
                  unary<vector_gelu_tanh<Simd>>,
                  unary<vector_quick_gelu<Simd>>,
                  unary<Simd::round_down>,
                  unary<Simd::round_up>,
                  unary<Simd::round_even>,
                  nullptr},
        .binary = {binary<plus>, binary<minus>, binary<times>, binary<over>, pow_tile,
                   binary<greater>, binary<lesser>, nullptr, nullptr, nullptr},
        .compare = {binary<Simd::equal>, binary<Simd::not_equal>, binary<Simd::less>,
                    binary<Simd::less_equal>, binary<greater_than>, binary<greater_equal>},
        .where = where,
        .round_to_bf16 = unary<round_to_bf16>,
        .round_to_f16 = unary<Simd::round_to_half>,
    };
  }
};

}  // namespace
}  // namespace lathe::kernels
