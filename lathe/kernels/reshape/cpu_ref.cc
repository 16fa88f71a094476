// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) { copy_elements(args.inputs[0], args.outputs[0]); }

}  // namespace

extern const Kernel kReshapeCpuRef{.name = "reshape.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
