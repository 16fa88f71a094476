// SPDX-License-Identifier: Apache-2.0
// The reference of layer_norm: one task a row; mean and variance in two passes, sums in lane order
// (kernels/README.md).
#include <cmath>
#include <vector>

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/lane_sum.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {

namespace {

void center(std::vector<float>& x) {
  const auto cols = static_cast<int64_t>(x.size());
  const float sum = lane_sum(cols, [&](int64_t i) { return x[static_cast<size_t>(i)]; });
  const float mean = sum / static_cast<float>(cols);
  for (float& value : x) value -= mean;
}

float inverse_deviation(const std::vector<float>& centered, float eps) {
  const auto cols = static_cast<int64_t>(centered.size());
  const float sum =
      lane_sum_of_squares(cols, [&](int64_t i) { return centered[static_cast<size_t>(i)]; });
  return 1.0f / std::sqrt(sum / static_cast<float>(cols) + eps);
}

void run_row(const KernelArgs& args, int64_t row) {
  const int64_t cols = args.inputs[0].size(-1);
  const FloatElements x = float_elements(args.inputs[0]).from(row * cols);
  const FloatElements y = float_elements(args.outputs[0]).from(row * cols);
  const FloatElements weight = float_elements(args.inputs[1]);
  std::vector<float> values(static_cast<size_t>(cols));
  convert_elements(x.data, x.dtype, values.data(), DType::kF32, cols);
  center(values);
  const float inverse = inverse_deviation(values, args.op.as<ops::LayerNorm>()->eps);
  for (int64_t i = 0; i < cols; ++i) {
    float value = values[static_cast<size_t>(i)] * inverse * weight.load(i);
    if (args.inputs.size() == 3) value += float_elements(args.inputs[2]).load(i);
    y.store(i, value);
  }
}

void run(const KernelArgs& args) {
  args.pool.run(static_cast<size_t>(num_rows(args.inputs[0])),
                [&](size_t row) { run_row(args, static_cast<int64_t>(row)); });
}

}  // namespace

extern const Kernel kLayerNormCpuRef{
    .name = "layer_norm.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
