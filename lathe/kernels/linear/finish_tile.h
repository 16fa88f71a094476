// SPDX-License-Identifier: Apache-2.0
// The end of a linear for any Simd: bias, activation, gate, residual, 16 lanes at a time. Functions
// are those of every vector kernel (cpu/vector_math.h), so that a fusion keeps its bits.
#pragma once

#include "lathe/kernels/cpu/vector_math.h"
#include "lathe/kernels/linear/tiles.h"

namespace lathe::kernels {
namespace {

template <class Simd, FinishKind kKind>
[[gnu::always_inline]] inline Floats<Simd> activate(Floats<Simd> x) {
  if constexpr (kKind == FinishKind::kRelu) return Simd::max(Simd::zero(), x);  // NaN stays
  if constexpr (kKind == FinishKind::kSilu) return vector_silu<Simd>(x);
  if constexpr (kKind == FinishKind::kGelu) return vector_gelu<Simd>(x);
  if constexpr (kKind == FinishKind::kGeluTanh) return vector_gelu_tanh<Simd>(x);
  if constexpr (kKind == FinishKind::kQuickGelu) return vector_quick_gelu<Simd>(x);
  if constexpr (kKind == FinishKind::kSigmoid) return vector_sigmoid<Simd>(x);
  if constexpr (kKind == FinishKind::kTanh) return vector_tanh<Simd>(x);
  return x;
}

// Lanes that y has, from or to 16: the last ones of a row may be fewer.
template <class Simd>
typename Simd::Floats load_lanes(const float* from, int64_t lanes) {
  if (lanes >= kVectorLanes) return Simd::load(from);
  alignas(64) float all[kVectorLanes] = {};
  for (int64_t i = 0; i < lanes; ++i) all[i] = from[i];
  return Simd::load(all);
}

template <class Simd>
void store_lanes(float* to, typename Simd::Floats value, int64_t lanes) {
  if (lanes >= kVectorLanes) return Simd::store(to, value);
  alignas(64) float all[kVectorLanes];
  Simd::store(all, value);
  for (int64_t i = 0; i < lanes; ++i) to[i] = all[i];
}

template <class Simd>
[[gnu::always_inline]] inline typename Simd::Floats biased(const Finish& finish, int64_t row,
                                                           int64_t lane) {
  const auto sum = Simd::load(finish.sums + row * kPanelRows + lane);
  return finish.bias == nullptr ? sum : Simd::add(sum, Simd::load(finish.bias + lane));
}

template <class Simd, FinishKind kKind, bool kGated>
void finish_tile(const Finish& finish) {
  for (int64_t row = 0; row < finish.rows; ++row) {
    for (int64_t lane = 0; lane < finish.lanes; lane += kVectorLanes) {
      const int64_t lanes = finish.lanes - lane;
      const int64_t index = row * finish.y_stride + lane;
      auto value = activate<Simd, kKind>(biased<Simd>(finish, row, lane));
      if constexpr (kGated) value = Simd::multiply(value, biased<Simd>(finish, row, kVectorLanes));
      if (finish.residual != nullptr) {
        value = Simd::add(value, load_lanes<Simd>(finish.residual + index, lanes));
      }
      store_lanes<Simd>(finish.y + index, value, lanes);
    }
  }
}

template <class Simd, FinishKind kKind>
constexpr std::array<FinishFunction, 2> finish_pair() {
  return {finish_tile<Simd, kKind, false>, finish_tile<Simd, kKind, true>};
}

template <class Simd>
constexpr FinishTiles finish_functions() {
  return {finish_pair<Simd, FinishKind::kNone>(),     finish_pair<Simd, FinishKind::kRelu>(),
          finish_pair<Simd, FinishKind::kSilu>(),     finish_pair<Simd, FinishKind::kGelu>(),
          finish_pair<Simd, FinishKind::kGeluTanh>(), finish_pair<Simd, FinishKind::kQuickGelu>(),
          finish_pair<Simd, FinishKind::kSigmoid>(),  finish_pair<Simd, FinishKind::kTanh>()};
}

}  // namespace
}  // namespace lathe::kernels
