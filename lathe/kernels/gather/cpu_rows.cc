// SPDX-License-Identifier: Apache-2.0
// One run of bytes an index: the rows of x behind `axis`.
#include "lathe/kernels/cpu/axis_rows.h"
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& indices = args.inputs[1];
  const AxisRows x = axis_rows(args.inputs[0], args.op.as<ops::Gather>()->axis);
  auto* y = static_cast<std::byte*>(args.outputs[0].data);
  expect_indices_below(indices, x.length);
  const int64_t count = indices.num_elements();
  for_ranges(args.pool, x.outer * count, grain_of_bytes(x.inner_bytes),
             [&](int64_t first, int64_t last) {
               for (int64_t i = first; i < last; ++i) {
                 const std::byte* row = x.at(i / count, load<int64_t>(indices, i % count));
                 copy_bytes(row, y + i * x.inner_bytes, x.inner_bytes);
               }
             });
}

}  // namespace

extern const Kernel kGatherCpuRows{.name = "gather.cpu.rows", .supports = any_cpu, .run = run};

}  // namespace lathe::kernels
