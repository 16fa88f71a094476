// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& y = args.outputs[0];
  with_number(y.dtype, [&]<class N>(N) {
    NumberWriter<N> writer(y);
    for (int64_t i = 0; i < y.size(0); ++i) writer.put(static_cast<N>(i));
  });
}

}  // namespace

extern const Kernel kIotaCpuRef{.name = "iota.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
