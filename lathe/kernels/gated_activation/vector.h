// SPDX-License-Identifier: Apache-2.0
// gated_activation over f32 rows: three streams of memory, some thirty operations a vector.
#pragma once

#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector_functions.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/gated_activation.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

template <ops::UnaryKind kKind>
void gate_row(const float* x, int64_t cols, float* y) {
  for (int64_t i = 0; i < cols; i += kVector) {
    const int64_t left = cols - i;
    store(y + i, activate<kKind>(load(x + i, left)) * load(x + cols + i, left), left);
  }
}

inline void run_gated_activation(const KernelArgs& args) {
  const int64_t cols = args.outputs[0].size(-1);
  const int64_t num_rows = cols == 0 ? 0 : args.outputs[0].num_elements() / cols;
  const auto* x = args.inputs[0].as<float>();
  auto* y = args.outputs[0].as<float>();
  with_activation(args.op.as<ops::GatedActivation>()->activation, [&]<ops::UnaryKind kKind>() {
    for_ranges(args.pool, num_rows, grain_rows(4 * cols), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        gate_row<kKind>(x + row * 2 * cols, cols, y + row * cols);
      }
    });
  });
}

}  // namespace
}  // namespace lathe::kernels
