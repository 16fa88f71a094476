// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void add_elements(const TensorView& from, const TensorView& to) {
  with_number(to.dtype, [&]<class N>(N) {
    NumberReader<N> left(to);
    NumberReader<N> right(from);
    NumberWriter<N> sum(to);
    for (int64_t i = 0; i < to.num_elements(); ++i) {
      sum.put(apply(ops::BinaryKind::kAdd, left.take(), right.take()));
    }
  });
}

void run(const KernelArgs& args) {
  const TensorView& indices = args.inputs[1];
  const TensorView& updates = args.inputs[2];
  const TensorView& y = args.outputs[0];
  const bool add = args.op.as<ops::Scatter>()->kind == ops::ScatterKind::kAdd;
  expect_indices_below(indices, y.size(0));
  copy_elements(args.inputs[0], y);
  NumberReader<int64_t> reader(indices);
  for (int64_t i = 0; i < indices.size(0); ++i) {
    const TensorView row = select(y, 0, reader.take());
    if (add) {
      add_elements(select(updates, 0, i), row);
    } else {
      copy_elements(select(updates, 0, i), row);
    }
  }
}

}  // namespace

extern const Kernel kScatterCpuRef{.name = "scatter.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
