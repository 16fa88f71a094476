// SPDX-License-Identifier: Apache-2.0
// Whether a kernel's results are the golden ones, at the tolerance of their dtype.
#pragma once

#include <cmath>

#include "lathe/kernels/cpu/element.h"
#include "tests/support/golden_ops.h"

namespace lathe::testing {

// Half a unit in the last place, relative; and the error near zero, where numbers get no finer.
struct Precision {
  double unit;
  double least;
};

inline Precision precision_of(DType dtype) {
  switch (dtype) {
    case DType::kBf16:
      return {0x1p-8, 0x1p-126};
    case DType::kF16:
      return {0x1p-11, 0x1p-25};
    case DType::kF8E4M3:
      return {0x1p-4, 0x1p-10};
    default:
      return {0x1p-24, 0x1p-126};
  }
}

inline double rounded(double value, DType dtype) {
  alignas(8) std::byte element[8];
  store_element(element, dtype, 0, value);
  return load_element(element, dtype, 0);
}

inline bool agrees(double got, double expected, DType dtype, const GoldenProblem& problem) {
  if (std::isnan(expected)) return std::isnan(got);
  const double nearest = rounded(expected, dtype);
  if (got == nearest) return true;
  if (problem.exact || std::isinf(got) || std::isinf(expected)) return false;
  const Precision precision = precision_of(dtype);
  const double relative = precision.unit + problem.ulps * 0x1p-24;
  return std::abs(got - expected) <=
         relative * std::abs(expected) + problem.slack + precision.least;
}

// Empty where all elements agree; else the first that does not.
inline std::string difference(const TensorView& got, const GoldenValues& expected,
                              const GoldenProblem& problem) {
  if (static_cast<size_t>(got.num_elements()) != expected.size()) {
    return cat("got ", got.num_elements(), " elements, expected ", expected.size());
  }
  kernels::Cursor cursor(got);
  for (size_t i = 0; i < expected.size(); ++i, cursor.next()) {
    if (is_floating(got.dtype)) {
      const double value = load_element(got.data, got.dtype, cursor.offset());
      const double wanted =
          expected.reals.empty() ? static_cast<double>(expected.integers[i]) : expected.reals[i];
      if (!agrees(value, wanted, got.dtype, problem)) {
        return cat("element ", i, " is ", value, ", expected ", wanted);
      }
    } else if (const auto value = kernels::load<int64_t>(got, cursor.offset());
               value != expected.integers.at(i)) {
      return cat("element ", i, " is ", value, ", expected ", expected.integers[i]);
    }
  }
  return {};
}

// Golden values as elements of a view; each is exact in its dtype.
inline void fill(const TensorView& view, const GoldenValues& values) {
  kernels::Cursor cursor(view);
  for (size_t i = 0; i < values.size(); ++i, cursor.next()) {
    if (!values.reals.empty()) {
      store_element(view.data, view.dtype, cursor.offset(), values.reals[i]);
    } else if (view.dtype == DType::kU4 || is_floating(view.dtype)) {
      store_element(view.data, view.dtype, cursor.offset(),
                    static_cast<double>(values.integers[i]));
    } else {
      kernels::store<int64_t>(view, cursor.offset(), values.integers[i]);
    }
  }
}

}  // namespace lathe::testing
