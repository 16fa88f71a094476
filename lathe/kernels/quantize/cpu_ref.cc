// SPDX-License-Identifier: Apache-2.0
// The reference of quantize: one task a row.
#include "lathe/ops/quantize.h"

#include <vector>

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/quantize_block.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const int64_t block = args.op.as<ops::Quantize>()->block;
  const TensorView& x = args.inputs[0];
  const int64_t cols = x.size(-1);
  const FloatElements values = float_elements(x);
  args.pool.run(static_cast<size_t>(num_rows(x)), [&](size_t task) {
    const auto row = static_cast<int64_t>(task);
    std::vector<float> widened(static_cast<size_t>(cols));
    const FloatElements in = values.from(row * cols);
    convert_elements(in.data, in.dtype, widened.data(), DType::kF32, cols);
    int8_t* codes = args.outputs[0].as<int8_t>() + row * cols;
    float* scales = args.outputs[1].as<float>() + row * (cols / block);
    for (int64_t i = 0; i < cols / block; ++i) {
      scales[i] = quantize_block(widened.data() + i * block, block, codes + i * block);
    }
  });
}

}  // namespace

extern const Kernel kQuantizeCpuRef{
    .name = "quantize.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
