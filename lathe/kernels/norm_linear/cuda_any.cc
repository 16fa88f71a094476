// SPDX-License-Identifier: Apache-2.0
// norm_linear of any shape: rms_norm, then linear.
#include "lathe/kernels/linear/cuda_any.h"
#include "lathe/kernels/rms_norm/cuda_any.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

Support supports(const Problem& problem, const Target& target) {
  const Support norm = norm_any::supports(problem.inputs[0], problem.inputs[1], target);
  return norm.ok ? linear_any::supports(linear_sm90::layer_of(problem), target) : norm;
}

Dim workspace(const Problem& problem) {  // x as the norm leaves it
  const TensorType& x = problem.inputs[0];
  return x.shape.num_elements() * (bits_of(x.dtype) / 8);
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  linear_sm90::Call call = linear_sm90::call_of(args);
  const int64_t tokens = leading_elements(call.x);
  if (args.outputs[0].num_elements() == 0) return {};
  const Launch norm =
      norm_any::launch({.x = call.x.data, .weight = call.norm, .y = args.workspace, .rows = tokens},
                       call.x.size(-1), args.op.as<ops::NormLinear>()->norm.eps);
  call.x.data = args.workspace;
  call.norm = nullptr;
  return {norm, linear_any::launch(call)};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = linear_any::kFixedBits};

}  // namespace

extern const Kernel kNormLinearCudaAny{.name = "norm_linear.cuda.any",
                                       .supports = supports,
                                       .run = nullptr,
                                       .workspace_bytes = workspace,
                                       .cuda = &kCuda};

}  // namespace lathe::kernels
