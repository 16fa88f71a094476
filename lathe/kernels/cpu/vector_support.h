// SPDX-License-Identifier: Apache-2.0
// The `supports` of kernels written with cpu/vector.h: a CPU of a class, and a problem's own
// conditions. Lives in list.cc, which runs on every CPU.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

inline Support needs_isa(const Target& target, CpuIsa least) {
  if (target.device != DeviceKind::kCpu) return Support::no("runs on a CPU");
  if (target.isa >= least) return Support::yes();
  return Support::no("needs ", to_string(least), ", the target has ", to_string(target.isa));
}

// `kProblem` says whether the problem is one for the kernel.
template <CpuIsa kLeast, Support (*kProblem)(const Problem&)>
Support supports_on(const Problem& problem, const Target& target) {
  Support support = needs_isa(target, kLeast);
  return support.ok ? kProblem(problem) : support;
}

// The record of a kernel for CPUs of a class, for problems that `kProblem` allows.
template <CpuIsa kLeast, Support (*kProblem)(const Problem&)>
constexpr Kernel kernel_on(std::string_view name, decltype(Kernel::run) run,
                           decltype(Kernel::workspace_bytes) workspace_bytes = nullptr) {
  return {.name = name,
          .supports = supports_on<kLeast, kProblem>,
          .run = run,
          .workspace_bytes = workspace_bytes};
}

// Refuses an operand of another dtype than f32.
inline Support needs_f32(const TensorType& type, std::string_view operand) {
  if (type.dtype == DType::kF32) return Support::yes();
  return Support::no(operand, " is ", to_string(type.dtype), ", this kernel takes f32");
}

// Refuses what no CPU kernel computes with.
inline Support needs_wide_floating(const TensorType& type, std::string_view operand) {
  if (is_floating(type.dtype) && type.dtype != DType::kF8E4M3) return Support::yes();
  return Support::no(operand, " is ", to_string(type.dtype), ", this kernel takes f32, f16, bf16");
}

// The first refusal, or yes.
inline Support all_of(std::initializer_list<Support> supports) {
  for (const Support& support : supports) {
    if (!support.ok) return support;
  }
  return Support::yes();
}

}  // namespace lathe::kernels
