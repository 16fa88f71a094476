// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/map.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const TensorView& x = args.inputs[0];
  const TensorView& y = args.outputs[0];
  with_number(x.dtype, [&]<class N>(N) {
    if (is_floating(y.dtype)) {
      map_elements<float>(
          args.pool, y, [](N value) { return static_cast<float>(value); }, Numbers<N>{x});
    } else {
      map_elements<int64_t>(
          args.pool, y, [&](N value) { return to_integer(value, y.dtype); }, Numbers<N>{x});
    }
  });
}

}  // namespace

extern const Kernel kCastCpuRef{.name = "cast.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
