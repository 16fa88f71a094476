// SPDX-License-Identifier: Apache-2.0
// The reference of dequantize: one task a row.
#include <vector>

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/cpu/weight_rows.h"
#include "lathe/ops/quantize.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const WeightRows weight(args.op.as<ops::Dequantize>()->format, args.inputs);
  const FloatElements y = float_elements(args.outputs[0]);
  const int64_t cols = weight.cols();
  args.pool.run(static_cast<size_t>(weight.rows()), [&](size_t task) {
    const auto row = static_cast<int64_t>(task);
    std::vector<float> values(static_cast<size_t>(cols));
    weight.values({row, 0, cols}, values.data());
    const FloatElements out = y.from(row * cols);
    convert_elements(values.data(), DType::kF32, out.data, out.dtype, cols);
  });
}

}  // namespace

extern const Kernel kDequantizeCpuRef{
    .name = "dequantize.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
