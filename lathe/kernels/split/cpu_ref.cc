// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& x = args.inputs[0];
  const int axis = normalize_axis(args.op.as<ops::Split>()->axis, x.rank, "x");
  int64_t start = 0;
  for (const TensorView& part : args.outputs) {
    copy_elements(cut(x, axis, start, part.size(axis)), part);
    start += part.size(axis);
  }
}

}  // namespace

extern const Kernel kSplitCpuRef{.name = "split.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
