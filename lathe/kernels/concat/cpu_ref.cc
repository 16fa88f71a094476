// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& y = args.outputs[0];
  const int axis = normalize_axis(args.op.as<ops::Concat>()->axis, y.rank, "y");
  int64_t start = 0;
  for (const TensorView& part : args.inputs) {
    copy_elements(part, cut(y, axis, start, part.size(axis)));
    start += part.size(axis);
  }
}

}  // namespace

extern const Kernel kConcatCpuRef{.name = "concat.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
