// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_sm90.h"
#include "lathe/kernels/rms_norm/cuda_rows.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

// What linear takes: x, then all behind the norm's weight.
std::vector<TensorType> linear_operands(const Problem& problem) {
  std::vector<TensorType> out = {problem.inputs[0]};
  out.insert(out.end(), problem.inputs.begin() + 2, problem.inputs.end());
  return out;
}

template <Gate kGate>
Support supports(const Problem& problem, const Target& target) {
  const Support norm = norm_rows::supports(problem.inputs[0], problem.inputs[1], target);
  if (!norm.ok) return norm;
  const std::vector<TensorType> operands = linear_operands(problem);
  const ops::Linear& op = problem.op.as<ops::NormLinear>()->linear;
  return linear_sm90::supports({op, operands, problem.outputs[0]}, kGate, target);
}

// Partial sums, then x as the norm leaves it where rms_norm runs on its own.
Dim workspace(const Problem& problem) {
  return problem.inputs[0].shape.num_elements() * 2 + linear_sm90::workspace_bytes();
}

std::vector<Launch> launches(const CudaArgs& args) {
  const ops::Linear& op = args.op.as<ops::NormLinear>()->linear;
  const int64_t tokens = leading_elements(args.inputs[0]);
  if (tokens == 0) return {};
  linear_sm90::Call call{.op = op,
                         .x = args.inputs[0],
                         .weight = args.inputs[2],
                         .y = args.outputs[0],
                         .norm = args.inputs[1].data,
                         .bias = op.bias ? args.inputs[3].data : nullptr,
                         .residual = op.residual ? args.inputs.back().data : nullptr};
  if (linear_sm90::is_resident(call)) return {linear_sm90::launch(call, args)};
  void* normalized = static_cast<std::byte*>(args.workspace) + linear_sm90::workspace_bytes();
  const Launch norm =
      norm_rows::launch({.x = call.x.data, .weight = call.norm, .y = normalized, .rows = tokens});
  call.x.data = normalized;
  call.norm = nullptr;
  return {norm, linear_sm90::launch(call, args)};
}

constexpr CudaKernel kCuda = {.launches = launches};

}  // namespace

extern const Kernel kNormLinearCudaSm90{.name = "norm_linear.cuda.sm90",
                                        .supports = supports<Gate::kNone>,
                                        .run = nullptr,
                                        .workspace_bytes = workspace,
                                        .layout = &kMmaLayout,
                                        .cuda = &kCuda};

extern const Kernel kNormLinearCudaSm90Gated{.name = "norm_linear.cuda.sm90.gated",
                                             .supports = supports<Gate::kGated>,
                                             .run = nullptr,
                                             .workspace_bytes = workspace,
                                             .layout = &kMmaGatedLayout,
                                             .cuda = &kCuda};

}  // namespace lathe::kernels
