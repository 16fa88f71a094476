// SPDX-License-Identifier: Apache-2.0
// One run of bytes a row in front of the axis; with a step, one an element of the axis.
#include "lathe/kernels/cpu/axis_rows.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const ops::Slice& op = *args.op.as<ops::Slice>();
  const AxisRows x = axis_rows(args.inputs[0], op.axis);
  const AxisRows y = axis_rows(args.outputs[0], op.axis);
  const int64_t run = op.step == 1 ? y.length : 1;
  const int64_t grain = grain_of_bytes(y.length * y.inner_bytes);
  for_ranges(args.pool, y.outer, grain, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      for (int64_t i = 0; i < y.length; i += run) {
        copy_bytes(x.at(row, op.start + i * op.step), y.at(row, i), run * y.inner_bytes);
      }
    }
  });
}

}  // namespace

extern const Kernel kSliceCpuRows{.name = "slice.cpu.rows", .supports = any_cpu, .run = run};

}  // namespace lathe::kernels
