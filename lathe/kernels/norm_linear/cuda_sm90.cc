// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_sm90.h"
#include "lathe/kernels/rms_norm/cuda_rows.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

template <Gate kGate>
Support supports(const Problem& problem, const Target& target) {
  Support norm = norm_rows::supports(problem.inputs[0], problem.inputs[1], target);
  if (!norm.ok) return norm;
  return linear_sm90::supports(linear_sm90::layer_of(problem), kGate, target);
}

// x as the norm leaves it where rms_norm runs on its own.
Dim workspace(const Problem& problem) { return problem.inputs[0].shape.num_elements() * 2; }

std::vector<Launch> launches(const CudaArgs& args) {
  linear_sm90::Call call = linear_sm90::call_of(args);
  const int64_t tokens = leading_elements(call.x);
  if (tokens == 0) return {};
  if (linear_sm90::normalizes(call)) return {linear_sm90::launch(call, args)};
  const Launch norm = norm_rows::launch(
      {.x = call.x.data, .weight = call.norm, .y = args.workspace, .rows = tokens});
  call.x.data = args.workspace;
  call.norm = nullptr;
  return {norm, linear_sm90::launch(call, args)};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = linear_sm90::kFixedBits};

template <Gate kGate>
constexpr Kernel named(std::string_view name) {
  return linear_sm90::record(kGate, {.name = name,
                                     .supports = supports<kGate>,
                                     .run = nullptr,
                                     .workspace_bytes = workspace,
                                     .cuda = &kCuda});
}

}  // namespace

extern const Kernel kNormLinearCudaSm90 = named<Gate::kNone>("norm_linear.cuda.sm90");
extern const Kernel kNormLinearCudaSm90Gated = named<Gate::kGated>("norm_linear.cuda.sm90.gated");

}  // namespace lathe::kernels
