// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& y = args.outputs[0];
  copy_elements(broadcast_view(args.inputs[0], y.shape()), y);
}

}  // namespace

extern const Kernel kBroadcastToCpuRef{
    .name = "broadcast_to.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
