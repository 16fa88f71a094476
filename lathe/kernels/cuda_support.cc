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

bool is_device_float(DType dtype) { return is_half(dtype) || dtype == DType::kF32; }

std::string device_flag(std::string_view name, bool value) {
  return cat("constexpr bool ", name, " = ", value ? "true" : "false", ";\n");
}
std::string device_number(std::string_view name, int64_t value) {
  return cat("constexpr int ", name, " = ", value, ";\n");
}
std::string device_macro(std::string_view name, int64_t value) {
  return cat("#define ", name, " ", value, "\n");
}
std::string device_alias(std::string_view name, DType dtype) {
  return cat("using ", name, " = ", device_type(dtype), ";\n");
}

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
  struct Expression {
    ops::UnaryKind kind;
    std::string_view text;
  };
  static constexpr Expression kAll[] = {
      {ops::UnaryKind::kSilu, "silu(x)"},
      {ops::UnaryKind::kGelu, "gelu_erf(x)"},
      {ops::UnaryKind::kGeluTanh, "gelu_tanh(x)"},
      {ops::UnaryKind::kQuickGelu, "x / (1 + exp_fast(-1.702f * x))"},
      {ops::UnaryKind::kRelu, "fmaxf(x, 0)"},
      {ops::UnaryKind::kSigmoid, "1 / (1 + exp_fast(-x))"},
      {ops::UnaryKind::kTanh, "tanhf(x)"},
      {ops::UnaryKind::kErf, "erff(x)"},
      {ops::UnaryKind::kExp, "expf(x)"},
      {ops::UnaryKind::kLog, "logf(x)"},
      {ops::UnaryKind::kSqrt, "sqrtf(x)"},
      {ops::UnaryKind::kRsqrt, "1 / sqrtf(x)"},
      {ops::UnaryKind::kReciprocal, "1 / x"},
      {ops::UnaryKind::kSquare, "x * x"},
      {ops::UnaryKind::kNeg, "-x"},
      {ops::UnaryKind::kAbs, "fabsf(x)"},
      {ops::UnaryKind::kSin, "sinf(x)"},
      {ops::UnaryKind::kCos, "cosf(x)"},
  };
  if (!activation) return "x";
  for (const Expression& expression : kAll) {
    if (expression.kind == *activation) return expression.text;
  }
  return {};
}

std::string device_activation(std::optional<ops::UnaryKind> activation) {
  return cat("LATHE_DEVICE float activate(float x) { return ", device_expression(activation),
             "; }\n");
}

std::string device_constant(float value) {
  std::array<char, 64> text{};  // hexadecimal: exactly this value
  const int size = std::snprintf(text.data(), text.size(), "%af", static_cast<double>(value));
  return std::string(text.data(), static_cast<size_t>(size));
}

uint32_t blocks_for_elements(int64_t elements) {
  return static_cast<uint32_t>((elements + kIndexThreads - 1) / kIndexThreads);
}
int64_t row_threads(int64_t columns) { return columns <= 1024 ? 32 : kIndexThreads; }
uint32_t blocks_for_rows(int64_t rows, int64_t columns) {
  return blocks_for_elements(rows * row_threads(columns));
}

int64_t leading_elements(const TensorView& view) {
  int64_t count = 1;
  for (int axis = 0; axis + 1 < view.rank; ++axis) count *= view.size(axis);
  return count;
}

}  // namespace lathe::kernels
