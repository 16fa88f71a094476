// SPDX-License-Identifier: Apache-2.0
// What the records and generators of CUDA kernels share: refusals, names of types, launches.
#pragma once

#include <optional>
#include <string>

#include "lathe/kernels/kernel.h"
#include "lathe/ops/elementwise.h"

namespace lathe::kernels {

// The first refusal of a list of conditions, or yes: `require` runs in the order of the reasons.
class Requirements {
 public:
  template <class... Parts>
  Requirements& require(bool condition, const Parts&... why_not) {
    if (support_.ok && !condition) support_ = Support::no(why_not...);
    return *this;
  }
  operator Support() const { return support_; }  // NOLINT(google-explicit-constructor)
  bool ok() const { return support_.ok; }

 private:
  Support support_;
};

// Refuses other devices than a GPU of architecture `sm`.
Requirements on_gpu(const Target& target, int sm);

bool is_half(DType dtype);  // bf16 or f16

// "Bf16", "Fp16", "float": the device type that stores a dtype. REQUIRES: one of those three.
std::string_view device_type(DType dtype);

// The device function of an activation, as text: "silu(x)". Empty where there is none.
std::string_view device_expression(std::optional<ops::UnaryKind> activation);

// A constant as device source: shortest text that reads back the same, with a suffix.
std::string device_constant(float value);

// Leading dims of a view, multiplied: the tokens of a [..., n] operand.
int64_t leading_elements(const TensorView& view);

}  // namespace lathe::kernels
