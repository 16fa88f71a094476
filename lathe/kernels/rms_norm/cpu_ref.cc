// SPDX-License-Identifier: Apache-2.0
// The reference of rms_norm: one task a row. The sum of squares runs in lane order
// (kernels/README.md), s / sqrt(…) is a product with the reciprocal, then comes the weight.
#include <cmath>
#include <vector>

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/lane_sum.h"
#include "lathe/kernels/cpu/quantize_block.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {

namespace {

// x, or x + residual rounded to the dtype of x and stored as s.
void load_sum(const KernelArgs& args, int64_t row, std::vector<float>& sum) {
  const auto cols = static_cast<int64_t>(sum.size());
  const FloatElements x = float_elements(args.inputs[0]).from(row * cols);
  convert_elements(x.data, x.dtype, sum.data(), DType::kF32, cols);
  if (!args.op.as<ops::RmsNorm>()->residual) return;
  const FloatElements residual = float_elements(args.inputs[1]).from(row * cols);
  const FloatElements s = float_elements(args.outputs[0]).from(row * cols);
  for (int64_t i = 0; i < cols; ++i) {
    float& value = sum[static_cast<size_t>(i)];
    s.store(i, value + residual.load(i));
    value = s.load(i);
  }
}

void normalize(const KernelArgs& args, std::vector<float>& s) {
  const FloatElements weight = float_elements(args.inputs.back());
  const auto cols = static_cast<int64_t>(s.size());
  const float sum = lane_sum_of_squares(cols, [&](int64_t i) { return s[static_cast<size_t>(i)]; });
  const float mean = sum / static_cast<float>(cols);
  const float inverse = 1.0f / std::sqrt(mean + args.op.as<ops::RmsNorm>()->eps);
  for (size_t i = 0; i < s.size(); ++i) {
    s[i] = s[i] * inverse * weight.load(static_cast<int64_t>(i));
  }
}

void store(const KernelArgs& args, int64_t row, const std::vector<float>& y) {
  const ops::RmsNorm& op = *args.op.as<ops::RmsNorm>();
  const auto cols = static_cast<int64_t>(y.size());
  const std::span<const TensorView> outputs = args.outputs.subspan(op.residual ? 1 : 0);
  const int64_t block = op.quantize_block;
  if (block == 0) {
    const FloatElements out = float_elements(outputs[0]).from(row * cols);
    convert_elements(y.data(), DType::kF32, out.data, out.dtype, cols);
    return;
  }
  int8_t* codes = outputs[0].as<int8_t>() + row * cols;
  float* scales = outputs[1].as<float>() + row * (cols / block);
  for (int64_t i = 0; i < cols / block; ++i) {
    scales[i] = quantize_block(y.data() + i * block, block, codes + i * block);
  }
}

void run(const KernelArgs& args) {
  const TensorView& x = args.inputs[0];
  args.pool.run(static_cast<size_t>(num_rows(x)), [&](size_t task) {
    const auto row = static_cast<int64_t>(task);
    std::vector<float> values(static_cast<size_t>(x.size(-1)));
    load_sum(args, row, values);
    normalize(args, values);
    store(args, row, values);
  });
}

}  // namespace

extern const Kernel kRmsNormCpuRef{
    .name = "rms_norm.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
