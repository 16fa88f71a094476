// SPDX-License-Identifier: Apache-2.0
// The reference of gated_activation: one task a row.
#include "lathe/ops/gated_activation.h"

#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const ops::UnaryKind activation = args.op.as<ops::GatedActivation>()->activation;
  const FloatElements x = float_elements(args.inputs[0]);
  const FloatElements y = float_elements(args.outputs[0]);
  const int64_t cols = args.outputs[0].size(-1);
  args.pool.run(static_cast<size_t>(num_rows(args.outputs[0])), [&](size_t row) {
    const FloatElements gate = x.from(static_cast<int64_t>(row) * 2 * cols);
    const FloatElements up = gate.from(cols);
    const FloatElements out = y.from(static_cast<int64_t>(row) * cols);
    for (int64_t i = 0; i < cols; ++i) out.store(i, apply(activation, gate.load(i)) * up.load(i));
  });
}

}  // namespace

extern const Kernel kGatedActivationCpuRef{
    .name = "gated_activation.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
