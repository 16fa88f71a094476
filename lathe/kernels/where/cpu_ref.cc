// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/map.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  with_number(args.inputs[1].dtype, [&]<class N>(N) {
    map_elements<N>(
        args.pool, args.outputs[0],
        [](int64_t condition, N a, N b) { return condition != 0 ? a : b; },
        Numbers<int64_t>{args.inputs[0]}, Numbers<N>{args.inputs[1]}, Numbers<N>{args.inputs[2]});
  });
}

}  // namespace

extern const Kernel kWhereCpuRef{.name = "where.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
