// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/lines.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/reduce.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& x = args.inputs[0];
  const int axis = args.op.as<ops::CumSum>()->axis;
  with_number(x.dtype, [&]<class N>(N) {
    for_lines(args.pool, x, args.outputs[0], axis,
              [](const TensorView& from, const TensorView& to) {
                NumberReader<N> reader(from);
                NumberWriter<N> writer(to);
                N sum = 0;
                for (int64_t i = 0; i < from.size(0); ++i) {
                  sum = apply(ops::BinaryKind::kAdd, sum, reader.take());
                  writer.put(sum);
                }
              });
  });
}

}  // namespace

extern const Kernel kCumsumCpuRef{.name = "cumsum.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
