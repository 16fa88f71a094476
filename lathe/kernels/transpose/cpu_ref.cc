// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const auto& op = *args.op.as<ops::Transpose>();
  copy_elements(permuted(args.inputs[0], op.permutation), args.outputs[0]);
}

}  // namespace

extern const Kernel kTransposeCpuRef{
    .name = "transpose.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
