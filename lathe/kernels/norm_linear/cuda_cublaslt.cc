// SPDX-License-Identifier: Apache-2.0
// norm_linear whose product is cuBLASLt's: rms_norm, then what linear does.
#include "lathe/kernels/linear/cuda_cublaslt.h"
#include "lathe/kernels/rms_norm/cuda_rows.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

template <Gate kGate>
Support supports(const Problem& problem, const Target& target) {
  Support norm = norm_rows::supports(problem.inputs[0], problem.inputs[1], target);
  if (!norm.ok) return norm;
  return linear_cublaslt::supports(linear_sm90::layer_of(problem), kGate, target);
}

// linear's, then x as the norm leaves it.
Dim workspace(const Problem& problem) {
  return problem.inputs[0].shape.num_elements() * 2 +
         linear_cublaslt::workspace_bytes(linear_sm90::layer_of(problem));
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  linear_sm90::Call call = linear_sm90::call_of(args);
  const int64_t tokens = leading_elements(call.x);
  if (tokens == 0) return {};
  std::byte* memory = static_cast<std::byte*>(args.workspace);
  void* normalized = memory + linear_cublaslt::workspace_bytes(call);
  const Launch norm =
      norm_rows::launch({.x = call.x.data, .weight = call.norm, .y = normalized, .rows = tokens});
  call.x.data = normalized;
  call.norm = nullptr;
  std::vector<DeviceWork> out = linear_cublaslt::launches(call, memory);
  out.insert(out.begin(), norm);
  return out;
}

constexpr CudaKernel kCuda = linear_cublaslt::recipe(launches);

}  // namespace

std::span<const Kernel> cublaslt_norm_linear_kernels();
std::span<const Kernel> cublaslt_norm_linear_kernels() {
  using linear_cublaslt::record;
  static constexpr Kernel kAll[] = {
      record(Gate::kNone, "norm_linear.cuda.cublaslt", {supports<Gate::kNone>, workspace, &kCuda}),
      record(Gate::kGated, "norm_linear.cuda.cublaslt.gated",
             {supports<Gate::kGated>, workspace, &kCuda})};
  return kAll;
}

}  // namespace lathe::kernels
