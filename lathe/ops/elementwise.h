// SPDX-License-Identifier: Apache-2.0
// Element-wise primitives: unary and binary arithmetic, comparison, selection, casts.
#pragma once

#include "lathe/ops/op.h"

namespace lathe::ops {

// Do not reorder: names are stored in engines.
enum class UnaryKind : uint8_t {
  kNeg,
  kAbs,
  kExp,
  kLog,
  kSqrt,
  kRsqrt,
  kReciprocal,
  kSquare,
  kSin,
  kCos,
  kTanh,
  kErf,
  kSigmoid,
  kRelu,
  kSilu,
  kGelu,
  kGeluTanh,
  kQuickGelu,
  kFloor,
  kCeil,
  kRound,
  kNot,
};
std::span<const UnaryKind> enum_values(UnaryKind);
std::string_view to_string(UnaryKind value);

// One input, element by element; computed in f32, rounded to the dtype of the input. round goes to
// the nearest integer, ties to the even one.
struct Unary {
  static constexpr OpInfo kInfo{
      .name = "unary",
      .formula =
          "y = kind(x); silu = x * sigmoid(x), gelu = x * (1 + erf(x / sqrt 2)) / 2, gelu_tanh = "
          "its tanh form",
      .rule = "x: any shape, floating (neg, abs, square: integers too; not: bool) -> the same type",
      .source = "gelu: arXiv 1606.08415; silu: arXiv 1702.03118",
  };
  UnaryKind kind = UnaryKind::kNeg;
  bool operator==(const Unary&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("kind", &Unary::kind);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Do not reorder: names are stored in engines.
enum class BinaryKind : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kPow,
  kMax,
  kMin,
  kMod,
  kAnd,
  kOr,
};
std::span<const BinaryKind> enum_values(BinaryKind);
std::string_view to_string(BinaryKind value);

// Two inputs with numpy's broadcasting; floating types are computed in f32. max and min hand NaN
// on. Integers wrap; their quotient is rounded down, mod has the sign of b, both give 0 where b is
// 0; pow with a negative exponent is the true power rounded towards zero (0 for the base 0).
struct Binary {
  static constexpr OpInfo kInfo{
      .name = "binary",
      .formula = "y = a kind b",
      .rule =
          "a, b: equal dtypes, broadcastable (and, or: bool; mod: integers) -> the broadcast "
          "shape, the same dtype",
      .source = "",
  };
  BinaryKind kind = BinaryKind::kAdd;
  bool operator==(const Binary&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("kind", &Binary::kind);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Do not reorder: names are stored in engines.
enum class CompareKind : uint8_t {
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
};
std::span<const CompareKind> enum_values(CompareKind);
std::string_view to_string(CompareKind value);

// Comparison with numpy's broadcasting.
struct Compare {
  static constexpr OpInfo kInfo{
      .name = "compare",
      .formula = "y = a kind b",
      .rule = "a, b: equal dtypes, broadcastable -> bool of the broadcast shape",
      .source = "",
  };
  CompareKind kind = CompareKind::kEq;
  bool operator==(const Compare&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("kind", &Compare::kind);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Selection with numpy's broadcasting.
struct Where {
  static constexpr OpInfo kInfo{
      .name = "where",
      .formula = "y = condition ? a : b",
      .rule =
          "condition: bool; a, b: equal dtypes; all broadcastable -> the broadcast shape, dtype of "
          "a",
      .source = "",
  };
  bool operator==(const Where&) const = default;
  template <class V>
  static void fields(V&&) {}
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Conversion, floating values to nearest even; to integers towards zero, saturating, NaN to 0; to
// bool whether x is not 0.
struct Cast {
  static constexpr OpInfo kInfo{
      .name = "cast",
      .formula = "y = dtype(x)",
      .rule = "x: any -> the same shape, dtype",
      .source = "",
  };
  DType dtype = DType::kF32;
  bool operator==(const Cast&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("dtype", &Cast::dtype);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
