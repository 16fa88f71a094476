// SPDX-License-Identifier: Apache-2.0
// One run of bytes a part and row in front of the axis.
#include "lathe/kernels/cpu/axis_rows.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const int axis = args.op.as<ops::Concat>()->axis;
  const AxisRows y = axis_rows(args.outputs[0], axis);
  const int64_t grain = grain_of_bytes(y.length * y.inner_bytes);
  for_ranges(args.pool, y.outer, grain, [&](int64_t first, int64_t last) {
    int64_t start = 0;
    for (const TensorView& input : args.inputs) {
      const AxisRows part = axis_rows(input, axis);
      for (int64_t row = first; row < last; ++row) {
        copy_bytes(part.at(row, 0), y.at(row, start), part.length * part.inner_bytes);
      }
      start += part.length;
    }
  });
}

}  // namespace

extern const Kernel kConcatCpuRows{.name = "concat.cpu.rows", .supports = any_cpu, .run = run};

}  // namespace lathe::kernels
