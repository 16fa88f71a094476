// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const std::vector<double>& values = args.op.as<ops::Constant>()->values;
  const TensorView& y = args.outputs[0];
  Cursor place(y);
  for (int64_t i = 0; i < y.num_elements(); ++i, place.next()) {
    const double value = values[values.size() == 1 ? 0 : static_cast<size_t>(i)];
    store_element(y.data, y.dtype, place.offset(), value);
  }
}

}  // namespace

extern const Kernel kConstantCpuRef{.name = "constant.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
