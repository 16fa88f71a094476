// SPDX-License-Identifier: Apache-2.0
// One run of bytes a piece and row in front of the axis.
#include "lathe/kernels/cpu/axis_rows.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const int axis = args.op.as<ops::Split>()->axis;
  const AxisRows x = axis_rows(args.inputs[0], axis);
  const int64_t grain = grain_of_bytes(x.length * x.inner_bytes);
  for_ranges(args.pool, x.outer, grain, [&](int64_t first, int64_t last) {
    int64_t start = 0;
    for (const TensorView& output : args.outputs) {
      const AxisRows part = axis_rows(output, axis);
      for (int64_t row = first; row < last; ++row) {
        copy_bytes(x.at(row, start), part.at(row, 0), part.length * part.inner_bytes);
      }
      start += part.length;
    }
  });
}

}  // namespace

extern const Kernel kSplitCpuRows{.name = "split.cpu.rows", .supports = any_cpu, .run = run};

}  // namespace lathe::kernels
