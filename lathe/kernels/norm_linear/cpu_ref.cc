// SPDX-License-Identifier: Apache-2.0
// The reference of norm_linear: the references of its two ops, one after the other, with the
// normalised x in f32.
#include "lathe/ops/norm_linear.h"

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

void run(const KernelArgs& args) {
  const auto& op = *args.op.as<ops::NormLinear>();
  const TensorView& x = args.inputs[0];
  const Tensor normalized(DType::kF32, {x.shape().begin(), x.shape().end()});
  const TensorView norm_outputs[] = {normalized.view()};
  const ops::Op norm = op.norm, linear = op.linear;
  reference_kernel(norm.name())
      .run({.op = norm,
            .inputs = args.inputs.first(2),
            .outputs = norm_outputs,
            .workspace = {},
            .pool = args.pool});
  std::vector<TensorView> operands = {normalized.view()};
  operands.insert(operands.end(), args.inputs.begin() + 2, args.inputs.end());
  reference_kernel(linear.name())
      .run({.op = linear,
            .inputs = operands,
            .outputs = args.outputs,
            .workspace = {},
            .pool = args.pool});
}

}  // namespace

extern const Kernel kNormLinearCpuRef{
    .name = "norm_linear.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
