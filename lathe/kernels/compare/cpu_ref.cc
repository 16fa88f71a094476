// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/map.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const ops::CompareKind kind = args.op.as<ops::Compare>()->kind;
  with_number(args.inputs[0].dtype, [&]<class N>(N) {
    map_elements<int64_t>(
        args.pool, args.outputs[0], [&](N a, N b) { return apply(kind, a, b); },
        Numbers<N>{args.inputs[0]}, Numbers<N>{args.inputs[1]});
  });
}

}  // namespace

extern const Kernel kCompareCpuRef{.name = "compare.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
