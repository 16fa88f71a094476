// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/unary_function.h"

#include <array>
#include <cmath>
#include <numbers>

#include "lathe/base/error.h"

namespace lathe::kernels {

namespace {

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

float gelu(float x) {
  const float inverse_sqrt2 = static_cast<float>(1 / std::numbers::sqrt2);
  return x * (1.0f + std::erf(x * inverse_sqrt2)) * 0.5f;
}

float gelu_tanh(float x) {
  const float sqrt_2_over_pi = static_cast<float>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  return 0.5f * x * (1.0f + std::tanh(sqrt_2_over_pi * (x + 0.044715f * x * x * x)));
}

// In the order of ops::UnaryKind.
constexpr std::array<UnaryFunction, 22> kFunctions = {
    [](float x) { return -x; },
    [](float x) { return std::fabs(x); },
    [](float x) { return std::exp(x); },
    [](float x) { return std::log(x); },
    [](float x) { return std::sqrt(x); },
    [](float x) { return 1.0f / std::sqrt(x); },
    [](float x) { return 1.0f / x; },
    [](float x) { return x * x; },
    [](float x) { return std::sin(x); },
    [](float x) { return std::cos(x); },
    [](float x) { return std::tanh(x); },
    [](float x) { return std::erf(x); },
    sigmoid,
    [](float x) { return x < 0 ? 0.0f : x; },  // NaN stays
    [](float x) { return x * sigmoid(x); },
    gelu,
    gelu_tanh,
    [](float x) { return x * sigmoid(1.702f * x); },
    [](float x) { return std::floor(x); },
    [](float x) { return std::ceil(x); },
    [](float x) { return std::nearbyint(x); },
    nullptr,
};

}  // namespace

UnaryFunction unary_function(ops::UnaryKind kind) {
  const UnaryFunction function = kFunctions.at(static_cast<size_t>(kind));
  LATHE_CHECK(function != nullptr, "no floating function", to_string(kind));
  return function;
}

}  // namespace lathe::kernels
