// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_sm90_small_m.h"
#include "lathe/kernels/rms_norm/cuda_rows.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

// Behind the partial sums: x as the norm leaves it, where rms_norm runs on its own.
int64_t normalized_bytes(int64_t columns) { return small_m::kMaxTokens * columns * 2; }

template <bool kGated>
Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::NormLinear>();
  if (op.linear.gated != kGated) return Support::no(kGated ? "is for gated layers" : "is gated");
  const Support norm = norm_rows::supports(problem.inputs[0], problem.inputs[1], target);
  if (!norm.ok) return norm;
  std::vector<TensorType> operands = {problem.inputs[0]};
  operands.insert(operands.end(), problem.inputs.begin() + 2, problem.inputs.end());
  return small_m::supports({op.linear, operands, problem.outputs[0]}, target);
}

Dim workspace(const Problem& problem) {
  return small_m::workspace_bytes() + normalized_bytes(problem.inputs[0].shape.back().value());
}

std::vector<Launch> launches(const CudaArgs& args) {
  const ops::Linear& op = args.op.as<ops::NormLinear>()->linear;
  const int64_t tokens = leading_elements(args.inputs[0]);
  if (tokens == 0) return {};
  small_m::Call call{.op = op,
                     .x = args.inputs[0],
                     .weight = args.inputs[2],
                     .y = args.outputs[0],
                     .norm = args.inputs[1].data,
                     .bias = op.bias ? args.inputs[3].data : nullptr,
                     .residual = op.residual ? args.inputs.back().data : nullptr};
  if (small_m::is_resident(call, args.num_processors)) return {small_m::launch(call, args)};
  void* normalized = static_cast<std::byte*>(args.workspace) + small_m::workspace_bytes();
  const Launch norm =
      norm_rows::launch({.x = call.x.data, .weight = call.norm, .y = normalized, .rows = tokens});
  call.x.data = normalized;
  call.norm = nullptr;
  return {norm, small_m::launch(call, args)};
}

constexpr CudaKernel kCuda = {.max_tokens = small_m::kMaxTokens, .launches = launches};

}  // namespace

extern const Kernel kNormLinearCudaSm90SmallM;
const Kernel kNormLinearCudaSm90SmallM = {.name = "norm_linear.cuda.sm90.small_m",
                                          .supports = supports<false>,
                                          .run = nullptr,
                                          .workspace_bytes = workspace,
                                          .layout = &kMmaLayout,
                                          .cuda = &kCuda};

extern const Kernel kNormLinearCudaSm90SmallMGated;
const Kernel kNormLinearCudaSm90SmallMGated = {.name = "norm_linear.cuda.sm90.small_m.gated",
                                               .supports = supports<true>,
                                               .run = nullptr,
                                               .workspace_bytes = workspace,
                                               .layout = &kMmaGatedLayout,
                                               .cuda = &kCuda};

}  // namespace lathe::kernels
