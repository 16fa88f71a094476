// SPDX-License-Identifier: Apache-2.0
// The reference of embedding: one task a token, rows widened or dequantized in f32.
#include <vector>

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/cpu/weight_rows.h"
#include "lathe/kernels/embedding/check_ids.h"
#include "lathe/ops/embedding.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const WeightRows table(args.op.as<ops::Embedding>()->format, args.inputs.subspan(1));
  check_ids(args.inputs[0], table.rows());
  const auto* ids = args.inputs[0].as<int32_t>();
  const FloatElements y = float_elements(args.outputs[0]);
  const int64_t hidden = table.cols();
  args.pool.run(static_cast<size_t>(args.inputs[0].size(0)), [&](size_t token) {
    std::vector<float> row(static_cast<size_t>(hidden));
    table.values({ids[token], 0, hidden}, row.data());
    const FloatElements out = y.from(static_cast<int64_t>(token) * hidden);
    convert_elements(row.data(), DType::kF32, out.data, out.dtype, hidden);
  });
}

}  // namespace

extern const Kernel kEmbeddingCpuRef{
    .name = "embedding.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
