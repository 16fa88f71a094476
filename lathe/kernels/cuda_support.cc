// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"

#include <array>
#include <cstdio>

#include "lathe/base/error.h"

namespace lathe::kernels {

Requirements on_gpu(const Target& target, int sm) {
  return Requirements()
      .require(target.device == DeviceKind::kCuda, "runs on a GPU")
      .require(target.sm == sm, "written for sm_", sm, "a, the device is sm_", target.sm);
}

bool is_half(DType dtype) { return dtype == DType::kBf16 || dtype == DType::kF16; }

std::string_view device_type(DType dtype) {
  switch (dtype) {
    case DType::kBf16:
      return "Bf16";
    case DType::kF16:
      return "Fp16";
    case DType::kF32:
      return "float";
    default:
      fail(ErrorCode::kInternal, "no device type for ", to_string(dtype));
  }
}

std::string_view device_expression(std::optional<ops::UnaryKind> activation) {
  if (!activation) return "x";
  switch (*activation) {
    case ops::UnaryKind::kSilu:
      return "silu(x)";
    case ops::UnaryKind::kGelu:
      return "gelu_erf(x)";
    case ops::UnaryKind::kGeluTanh:
      return "gelu_tanh(x)";
    case ops::UnaryKind::kQuickGelu:
      return "x / (1 + exp_fast(-1.702f * x))";
    case ops::UnaryKind::kRelu:
      return "fmaxf(x, 0)";
    default:
      return {};
  }
}

std::string device_constant(float value) {
  std::array<char, 64> text{};  // hexadecimal: exactly this value
  const int size = std::snprintf(text.data(), text.size(), "%af", static_cast<double>(value));
  return std::string(text.data(), static_cast<size_t>(size));
}

int64_t leading_elements(const TensorView& view) {
  int64_t count = 1;
  for (int axis = 0; axis + 1 < view.rank; ++axis) count *= view.size(axis);
  return count;
}

}  // namespace lathe::kernels
