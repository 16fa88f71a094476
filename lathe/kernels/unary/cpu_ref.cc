// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/map.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& x = args.inputs[0];
  const ops::UnaryKind kind = args.op.as<ops::Unary>()->kind;
  with_number(x.dtype, [&]<class N>(N) {
    map_elements<N>(
        args.pool, args.outputs[0], [&](N value) { return apply(kind, value); }, Numbers<N>{x});
  });
}

}  // namespace

extern const Kernel kUnaryCpuRef{.name = "unary.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
