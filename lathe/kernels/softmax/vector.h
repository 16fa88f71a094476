// SPDX-License-Identifier: Apache-2.0
// softmax over f32 rows, the last axis: greatest, exp and sum (written on the way), quotient.
#pragma once

#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector_functions.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// Of those that are no NaN, unless the first is one: a NaN comes into the sum by itself.
inline float row_greatest(const float* x, int64_t cols) {
  F32x16 greatest = broadcast(x[0]);
  for (int64_t i = 0; i < cols; i += kVector) {
    greatest = max(load_or(x + i, cols - i, x[0]), greatest);
  }
  return fold_max(greatest);
}

inline void softmax_row(const float* x, int64_t cols, float* y) {
  const float greatest = row_greatest(x, cols);
  F32x16 sum = zeros();
  for (int64_t i = 0; i < cols; i += kVector) {
    const int64_t left = cols - i;
    store(y + i, exp_weight(load(x + i, left) - broadcast(greatest)), left);
    sum = sum + load(y + i, left);
  }
  const F32x16 total = broadcast(fold_sum(sum));
  for (int64_t i = 0; i < cols; i += kVector) {
    store(y + i, load(y + i, cols - i) / total, cols - i);
  }
}

inline void run_softmax(const KernelArgs& args) {
  const int64_t cols = args.inputs[0].size(-1);
  const int64_t num_rows = cols == 0 ? 0 : args.inputs[0].num_elements() / cols;
  for_ranges(args.pool, num_rows, grain_rows(4 * cols), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      softmax_row(args.inputs[0].as<float>() + row * cols, cols,
                  args.outputs[0].as<float>() + row * cols);
    }
  });
}

}  // namespace
}  // namespace lathe::kernels
