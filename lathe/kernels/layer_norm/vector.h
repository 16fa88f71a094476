// SPDX-License-Identifier: Apache-2.0
// layer_norm over f32 rows: three passes over a row that stays in the L1 (sum, squares of what is
// centred, result). The bits are the reference's.
#pragma once

#include <cmath>

#include "lathe/kernels/cpu/element_type.h"
#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// Weight and bias, of one dtype; bias may be null.
template <class Weight>
struct Affine {
  const Weight* weight;
  const Weight* bias;
};

inline F32x16 centered(const float* x, int64_t left, float mean) {
  const F32x16 difference = load(x, left) - broadcast(mean);
  if (left >= kVector) return difference;
  float lanes[kVector];
  store(lanes, difference);
  return load(lanes, left);  // lanes behind the row are 0, not -mean
}

inline float row_mean(const float* x, int64_t cols) {
  F32x16 sum = zeros();
  for (int64_t i = 0; i < cols; i += kVector) sum = sum + load(x + i, cols - i);
  return fold_sum(sum) / static_cast<float>(cols);
}

inline float inverse_deviation(const float* x, int64_t cols, float mean, float eps) {
  F32x16 squares = zeros();
  for (int64_t i = 0; i < cols; i += kVector) {
    const F32x16 difference = centered(x + i, cols - i, mean);
    squares = fma(difference, difference, squares);
  }
  return 1.0f / std::sqrt(fold_sum(squares) / static_cast<float>(cols) + eps);
}

template <class Weight>
void normalize_row(const float* x, int64_t cols, float eps, const Affine<Weight>& affine,
                   float* y) {
  const float mean = row_mean(x, cols);
  const float inverse = inverse_deviation(x, cols, mean, eps);
  for (int64_t i = 0; i < cols; i += kVector) {
    const int64_t left = cols - i;
    const F32x16 scaled = (load(x + i, left) - broadcast(mean)) * broadcast(inverse);
    F32x16 value = scaled * load(affine.weight + i, left);
    if (affine.bias != nullptr) value = value + load(affine.bias + i, left);
    store(y + i, value, left);
  }
}

inline void run_layer_norm(const KernelArgs& args) {
  const int64_t cols = args.inputs[0].size(-1);
  const int64_t num_rows = cols == 0 ? 0 : args.inputs[0].num_elements() / cols;
  const float eps = args.op.as<ops::LayerNorm>()->eps;
  with_element(args.inputs[1].dtype, [&]<class Weight>(Weight) {
    const Affine<Weight> affine{args.inputs[1].as<Weight>(),
                                args.inputs.size() == 3 ? args.inputs[2].as<Weight>() : nullptr};
    for_ranges(args.pool, num_rows, grain_rows(cols), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        normalize_row(args.inputs[0].as<float>() + row * cols, cols, eps, affine,
                      args.outputs[0].as<float>() + row * cols);
      }
    });
  });
}

}  // namespace
}  // namespace lathe::kernels
