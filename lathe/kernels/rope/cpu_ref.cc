// SPDX-License-Identifier: Apache-2.0
// The reference of rope: one task a token, whose heads share the rotation.
#include "lathe/ops/rope.h"

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/cpu/rotate_head.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const ops::Rope& rope = *args.op.as<ops::Rope>();
  const FloatElements x = float_elements(args.inputs[0]);
  const FloatElements y = float_elements(args.outputs[0]);
  const int64_t heads = args.inputs[0].size(1);
  const int64_t head_dim = args.inputs[0].size(2);
  const int32_t* positions = args.inputs[1].as<int32_t>();
  const int32_t* lengths = args.inputs.size() == 3 ? args.inputs[2].as<int32_t>() : nullptr;
  args.pool.run(static_cast<size_t>(args.inputs[0].size(0)), [&](size_t token) {
    Rotation rotation(rope);
    rotation.move_to(positions[token], lengths == nullptr ? 0 : lengths[token]);
    for (int64_t head = 0; head < heads; ++head) {
      const int64_t first = (static_cast<int64_t>(token) * heads + head) * head_dim;
      rotate_head(rope, rotation, head_dim, x.from(first), y.from(first));
    }
  });
}

}  // namespace

extern const Kernel kRopeCpuRef{
    .name = "rope.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
