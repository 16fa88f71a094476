// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const auto& op = *args.op.as<ops::Slice>();
  const TensorView& y = args.outputs[0];
  const int axis = normalize_axis(op.axis, y.rank, "x");
  copy_elements(cut(args.inputs[0], axis, op.start, y.size(axis), op.step), y);
}

}  // namespace

extern const Kernel kSliceCpuRef{.name = "slice.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
