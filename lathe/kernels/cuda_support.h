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

// "LATHE_DEVICE float activate(float x) { return silu(x); }\n"
std::string device_activation(std::optional<ops::UnaryKind> activation);

// A constant as device source: shortest text that reads back the same, with a suffix.
std::string device_constant(float value);

bool is_device_float(DType dtype);  // bf16, f16 or f32

// "constexpr bool kName = true;\n", and the like for numbers and types.
std::string device_flag(std::string_view name, bool value);
std::string device_number(std::string_view name, int64_t value);
std::string device_macro(std::string_view name, int64_t value);
std::string device_alias(std::string_view name, DType dtype);

// Leading dims of a view, multiplied: the tokens of a [..., n] operand.
int64_t leading_elements(const TensorView& view);

// A launch that may overlap its predecessor.
template <class T>
Launch overlapped(std::string_view entry, cuda::Dim3 grid, uint32_t threads, const T& parameter) {
  return {.entry = entry,
          .config = {.grid = grid, .block = {threads}, .overlap = cuda::Overlap::kProgrammatic},
          .parameter = LaunchParameter::of(parameter)};
}

// What ptx/index.cuh makes of a block: a thread an element, or row_threads(columns) a row.
inline constexpr uint32_t kIndexThreads = 256;
uint32_t blocks_for_elements(int64_t elements);
int64_t row_threads(int64_t columns);  // 32 or 256
uint32_t blocks_for_rows(int64_t rows, int64_t columns);
template <class T>
Launch each_element(std::string_view entry, int64_t elements, const T& parameter) {
  return overlapped(entry, {blocks_for_elements(elements)}, kIndexThreads, parameter);
}
template <class T>
Launch each_row(std::string_view entry, int64_t rows, int64_t columns, const T& parameter) {
  return overlapped(entry, {blocks_for_rows(rows, columns)}, kIndexThreads, parameter);
}

}  // namespace lathe::kernels
