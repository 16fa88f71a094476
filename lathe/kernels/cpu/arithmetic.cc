// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/arithmetic.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "lathe/base/error.h"

namespace lathe::kernels {

namespace {

using ops::BinaryKind;
using ops::UnaryKind;

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

// (1 + erf(x / sqrt 2)) / 2 without the cancellation below zero.
float gelu(float x) { return x * (0.5f * std::erfc(-x * (std::numbers::sqrt2_v<float> / 2))); }

// (1 + tanh u) / 2 is sigmoid(2 u), which does not cancel.
float gelu_tanh(float x) {
  constexpr float kScale = 1.5957691216057308f;  // 2 sqrt(2 / pi)
  return x * sigmoid(kScale * (x + 0.044715f * x * x * x));
}

struct Limits {
  int64_t least;
  int64_t greatest;
};

template <class T>
constexpr Limits limits_of() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

Limits limits_of(DType dtype) {
  switch (dtype) {
    case DType::kI8:
      return limits_of<int8_t>();
    case DType::kU8:
      return limits_of<uint8_t>();
    case DType::kI32:
      return limits_of<int32_t>();
    case DType::kI64:
      return limits_of<int64_t>();
    default:
      fail(ErrorCode::kInternal, to_string(dtype), " is no integer dtype");
  }
}

float not_for(std::string_view kind, std::string_view numbers) {
  fail(ErrorCode::kInternal, kind, " of ", numbers);
}

}  // namespace

int64_t floor_div(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return wrapping_sub(0, a);
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t floor_mod(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t wrapping_pow(int64_t base, int64_t exponent) {
  if (exponent < 0) {
    if (base == 1) return 1;
    if (base == -1) return exponent % 2 == 0 ? 1 : -1;
    return 0;
  }
  int64_t result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = wrapping_mul(result, base);
    base = wrapping_mul(base, base);
  }
  return result;
}

float apply(UnaryKind kind, float x) {
  switch (kind) {
    case UnaryKind::kNeg:
      return -x;
    case UnaryKind::kAbs:
      return std::abs(x);
    case UnaryKind::kExp:
      return std::exp(x);
    case UnaryKind::kLog:
      return std::log(x);
    case UnaryKind::kSqrt:
      return std::sqrt(x);
    case UnaryKind::kRsqrt:
      return 1.0f / std::sqrt(x);
    case UnaryKind::kReciprocal:
      return 1.0f / x;
    case UnaryKind::kSquare:
      return x * x;
    case UnaryKind::kSin:
      return std::sin(x);
    case UnaryKind::kCos:
      return std::cos(x);
    case UnaryKind::kTanh:
      return std::tanh(x);
    case UnaryKind::kErf:
      return std::erf(x);
    case UnaryKind::kSigmoid:
      return sigmoid(x);
    case UnaryKind::kRelu:
      return x > 0.0f || x != x ? x : 0.0f;
    case UnaryKind::kSilu:
      return x * sigmoid(x);
    case UnaryKind::kGelu:
      return gelu(x);
    case UnaryKind::kGeluTanh:
      return gelu_tanh(x);
    case UnaryKind::kQuickGelu:
      return x * sigmoid(1.702f * x);
    case UnaryKind::kFloor:
      return std::floor(x);
    case UnaryKind::kCeil:
      return std::ceil(x);
    case UnaryKind::kRound:
      return std::nearbyint(x);
    case UnaryKind::kNot:
      break;
  }
  return not_for(to_string(kind), "floats");
}

int64_t apply(UnaryKind kind, int64_t x) {
  switch (kind) {
    case UnaryKind::kNeg:
      return wrapping_sub(0, x);
    case UnaryKind::kAbs:
      return x < 0 ? wrapping_sub(0, x) : x;
    case UnaryKind::kSquare:
      return wrapping_mul(x, x);
    case UnaryKind::kNot:
      return x == 0 ? 1 : 0;
    default:
      return static_cast<int64_t>(not_for(to_string(kind), "integers"));
  }
}

float apply(BinaryKind kind, float a, float b) {
  switch (kind) {
    case BinaryKind::kAdd:
      return a + b;
    case BinaryKind::kSub:
      return a - b;
    case BinaryKind::kMul:
      return a * b;
    case BinaryKind::kDiv:
      return a / b;
    case BinaryKind::kPow:
      return std::pow(a, b);
    case BinaryKind::kMax:
      return a > b || a != a ? a : b;
    case BinaryKind::kMin:
      return a < b || a != a ? a : b;
    default:
      return not_for(to_string(kind), "floats");
  }
}

int64_t apply(BinaryKind kind, int64_t a, int64_t b) {
  switch (kind) {
    case BinaryKind::kAdd:
      return wrapping_add(a, b);
    case BinaryKind::kSub:
      return wrapping_sub(a, b);
    case BinaryKind::kMul:
      return wrapping_mul(a, b);
    case BinaryKind::kDiv:
      return floor_div(a, b);
    case BinaryKind::kPow:
      return wrapping_pow(a, b);
    case BinaryKind::kMax:
      return a > b ? a : b;
    case BinaryKind::kMin:
      return a < b ? a : b;
    case BinaryKind::kMod:
      return floor_mod(a, b);
    case BinaryKind::kAnd:
      return a & b;
    case BinaryKind::kOr:
      return a | b;
  }
  return 0;
}

int64_t to_integer(float value, DType dtype) {
  if (dtype == DType::kBool) return value != 0.0f;
  if (value != value) return 0;
  const Limits limits = limits_of(dtype);
  if (value >= static_cast<float>(limits.greatest)) return limits.greatest;
  if (value <= static_cast<float>(limits.least)) return limits.least;
  return static_cast<int64_t>(value);
}

int64_t to_integer(int64_t value, DType dtype) {
  if (dtype == DType::kBool) return value != 0;
  const Limits limits = limits_of(dtype);
  return value > limits.greatest ? limits.greatest : value < limits.least ? limits.least : value;
}

}  // namespace lathe::kernels
