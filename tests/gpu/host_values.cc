// SPDX-License-Identifier: Apache-2.0
#include "host_values.h"

#include <cmath>

#include "lathe/base/text.h"

namespace lathe::gpu_tests {
namespace {

double uniform(uint64_t seed, uint64_t index) {
  uint64_t z = (seed << 40) + index * 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

}  // namespace

Tensor random_tensor(std::vector<int64_t> sizes, const Uniform& values, uint64_t seed) {
  Tensor out(values.dtype, std::move(sizes));
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    const double value = uniform(seed, static_cast<uint64_t>(i)) * values.scale + values.offset;
    store_element(out.data(), values.dtype, i, value);
  }
  return out;
}

Comparison compare(const std::vector<double>& got, const std::vector<double>& want) {
  Comparison out;
  double error = 0, norm = 0, worst = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const double difference = got[i] - want[i];
    if (!std::isfinite(difference)) {
      ++out.bad;
      continue;
    }
    error += difference * difference;
    norm += want[i] * want[i];
    worst = std::max(worst, std::fabs(difference));
  }
  out.relative = norm > 0 ? std::sqrt(error / norm) : std::sqrt(error);
  out.worst = norm > 0 ? worst / std::sqrt(norm / static_cast<double>(want.size())) : worst;
  return out;
}

bool passes(const Comparison& comparison, DType dtype) {
  const double tolerance = dtype == DType::kF16 ? 1.5e-3 : dtype == DType::kBf16 ? 1e-2 : 6e-3;
  return comparison.bad == 0 && comparison.relative < tolerance &&
         comparison.worst < 12 * tolerance;
}

std::string to_text(const Comparison& comparison) {
  return cat("error ", comparison.relative, " worst ", comparison.worst,
             comparison.bad > 0 ? cat(" NOT FINITE ", comparison.bad) : std::string());
}

}  // namespace lathe::gpu_tests
