// SPDX-License-Identifier: Apache-2.0
// reduce over f32 of shape [outer, reduced, inner]. With inner 1 a row is reduced by 16 lanes and
// folded in halves (kernels/README.md, order 2); else 16 columns at a time, rows ascending. Bound:
// memory, x once.
#pragma once

#include <limits>

#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector.h"
#include "lathe/kernels/kernel.h"
#include "lathe/kernels/reduce/block.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

using ops::ReduceKind;

// Of a number and a NaN the NaN.
inline F32x16 greater(F32x16 a, F32x16 b) {
  return {Simd::select(Simd::not_equal(a.v, a.v), a.v, Simd::max(a.v, b.v))};
}
inline F32x16 lesser(F32x16 a, F32x16 b) {
  return {Simd::select(Simd::not_equal(a.v, a.v), a.v, Simd::min(a.v, b.v))};
}

template <ReduceKind kKind>
F32x16 step(F32x16 a, F32x16 b) {
  if constexpr (kKind == ReduceKind::kMax) return greater(a, b);
  if constexpr (kKind == ReduceKind::kMin) return lesser(a, b);
  return kKind == ReduceKind::kProd ? a * b : a + b;
}

template <ReduceKind kKind>
constexpr float start() {
  if (kKind == ReduceKind::kMax) return -std::numeric_limits<float>::infinity();
  if (kKind == ReduceKind::kMin) return std::numeric_limits<float>::infinity();
  return kKind == ReduceKind::kProd ? 1.0f : 0.0f;
}

// Lanes i and i + 8, + 4, + 2, + 1.
template <ReduceKind kKind>
float folded(F32x16 lanes) {
  float all[2 * kVector] = {};
  for (int64_t half = kVector / 2; half > 0; half /= 2) {
    store(all, lanes);
    lanes = step<kKind>(lanes, load(all + half));
  }
  store(all, lanes);
  return all[0];
}

template <ReduceKind kKind>
float reduced_row(const float* x, int64_t count) {
  F32x16 lanes = broadcast(start<kKind>());
  for (int64_t i = 0; i < count; i += kVector) {
    lanes = step<kKind>(lanes, load_or(x + i, count - i, start<kKind>()));
  }
  return folded<kKind>(lanes);
}

template <ReduceKind kKind>
F32x16 reduced_columns(const float* x, const ReduceBlock& block, int64_t left) {
  F32x16 lanes = broadcast(start<kKind>());
  for (int64_t row = 0; row < block.reduced; ++row) {
    lanes = step<kKind>(lanes, load(x + row * block.inner, left));
  }
  return lanes;
}

// One of `outer`.
template <ReduceKind kKind>
void reduce_one(const float* x, const ReduceBlock& block, float* y) {
  const auto count = static_cast<float>(block.reduced);
  const bool is_mean = kKind == ReduceKind::kMean;
  if (block.inner == 1) {
    const float result = reduced_row<kKind>(x, block.reduced);
    *y = is_mean ? result / count : result;
    return;
  }
  for (int64_t i = 0; i < block.inner; i += kVector) {
    const F32x16 result = reduced_columns<kKind>(x + i, block, block.inner - i);
    store(y + i, is_mean ? result / broadcast(count) : result, block.inner - i);
  }
}

using ReduceOne = void (*)(const float* x, const ReduceBlock& block, float* y);

inline void run_reduce(const KernelArgs& args) {
  // In the order of ops::ReduceKind.
  constexpr ReduceOne kKinds[] = {reduce_one<ReduceKind::kSum>, reduce_one<ReduceKind::kMean>,
                                  reduce_one<ReduceKind::kMax>, reduce_one<ReduceKind::kMin>,
                                  reduce_one<ReduceKind::kProd>};
  const ops::Reduce& op = *args.op.as<ops::Reduce>();
  const ReduceBlock block = reduce_block(op, args.inputs[0].shape());
  const ReduceOne reduce = kKinds[static_cast<size_t>(op.kind)];
  const auto* x = args.inputs[0].as<float>();
  auto* y = args.outputs[0].as<float>();
  const int64_t row = block.reduced * block.inner;
  for_ranges(args.pool, block.outer, grain_rows(row), [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) reduce(x + i * row, block, y + i * block.inner);
  });
}

}  // namespace
}  // namespace lathe::kernels
