// SPDX-License-Identifier: Apache-2.0
// Reductions along axes, softmax, running sums, the largest elements.
#pragma once

#include "lathe/ops/op.h"

namespace lathe::ops {

// Do not reorder: names are stored in engines.
enum class ReduceKind : uint8_t {
  kSum,
  kMean,
  kMax,
  kMin,
  kProd,
};
std::span<const ReduceKind> enum_values(ReduceKind);
std::string_view to_string(ReduceKind value);

// Reduction; floating types accumulate in f32, integers in i64 and wrap. Over no elements sum is 0,
// prod 1, mean NaN, max and min the least and the greatest value of the dtype (floating: the
// infinities). max and min of a row with NaN are NaN.
struct Reduce {
  static constexpr OpInfo kInfo{
      .name = "reduce",
      .formula = "y = kind over axes of x",
      .rule =
          "x: any numeric (mean: floating) -> x without the axes (size 1 with keep_dims), the same "
          "dtype",
      .source = "",
  };
  ReduceKind kind = ReduceKind::kSum;
  std::vector<int> axes;  // negative axes count from the back; empty = all
  bool keep_dims = false;
  bool operator==(const Reduce&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("kind", &Reduce::kind);
    v("axes", &Reduce::axes);
    v("keep_dims", &Reduce::keep_dims);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// For each of `rank` axes whether Reduce::axes names it (all where `axes` is empty). Throws
// kInvalidArgument for an axis that is out of range or given twice.
std::vector<bool> reduced_axes(std::span<const int> axes, int rank);

// Softmax along one axis, in f32.
struct Softmax {
  static constexpr OpInfo kInfo{
      .name = "softmax",
      .formula = "y = exp(x - max x) / sum exp(x - max x)",
      .rule = "x: floating -> the same type",
      .source = "",
  };
  int axis = -1;
  bool operator==(const Softmax&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("axis", &Softmax::axis);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Running sum along one axis, inclusive; f32 accumulation, or i64 that wraps.
struct CumSum {
  static constexpr OpInfo kInfo{
      .name = "cumsum",
      .formula = "y[i] = sum of x[0 ... i]",
      .rule = "x: numeric -> the same type",
      .source = "",
  };
  int axis = -1;
  bool operator==(const CumSum&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("axis", &CumSum::axis);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// The k largest elements of the last axis, in falling order; ties go to the lower index. NaN counts
// as the largest.
struct TopK {
  static constexpr OpInfo kInfo{
      .name = "top_k",
      .formula = "values, indices = the k largest of x",
      .rule =
          "x: numeric [..., n], k <= n -> values [..., k] of the dtype of x, indices i32 [..., k]",
      .source = "",
  };
  int64_t k = 1;
  bool operator==(const TopK&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("k", &TopK::k);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
