// SPDX-License-Identifier: Apache-2.0
// Random operands and comparison in float64.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lathe/core/tensor.h"

namespace lathe::gpu_tests {

// A quick counter-based generator: uniform in [-scale, scale), rounded to dtype.
struct Uniform {
  DType dtype = DType::kBf16;
  double scale = 1;
  double offset = 0;
};
Tensor random_tensor(std::vector<int64_t> sizes, const Uniform& values, uint64_t seed);

inline double at(const Tensor& tensor, int64_t index) {
  return load_element(tensor.data(), tensor.dtype(), index);
}

struct Comparison {
  double relative = 0;  // |got - want| / |want|, Euclidean norms
  double worst = 0;     // largest difference over the root mean square of `want`
  int64_t bad = 0;      // values that are no numbers
};
Comparison compare(const std::vector<double>& got, const std::vector<double>& want);

// Passes where the relative error is what rounding of `dtype` explains.
bool passes(const Comparison& comparison, DType dtype);
std::string to_text(const Comparison& comparison);

}  // namespace lathe::gpu_tests
