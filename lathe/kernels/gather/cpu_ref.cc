// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& x = args.inputs[0];
  const TensorView& indices = args.inputs[1];
  const TensorView& y = args.outputs[0];
  const int axis = normalize_axis(args.op.as<ops::Gather>()->axis, x.rank, "x");
  expect_indices_below(indices, x.size(axis));
  // The axes of y that come from `indices`, and what y has at one place of them.
  std::vector<bool> picked(static_cast<size_t>(y.rank), false);
  std::fill_n(picked.begin() + axis, indices.rank, true);
  const TensorView places = axes_of(y, picked);
  picked.flip();
  const TensorView row = axes_of(y, picked);
  NumberReader<int64_t> reader(indices);
  Cursor place(places);
  for (int64_t i = 0; i < indices.num_elements(); ++i, place.next()) {
    copy_elements(select(x, axis, reader.take()), moved(row, place.offset()));
  }
}

}  // namespace

extern const Kernel kGatherCpuRef{.name = "gather.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
