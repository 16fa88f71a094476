// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/elementwise.h"

#include "lathe/ops/enum_table.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {
namespace {

constexpr auto kUnaryKinds = enum_table<UnaryKind>(
    {"neg",       "abs",        "exp",   "log",  "sqrt",    "rsqrt", "reciprocal", "square",
     "sin",       "cos",        "tanh",  "erf",  "sigmoid", "relu",  "silu",       "gelu",
     "gelu_tanh", "quick_gelu", "floor", "ceil", "round",   "not"});
constexpr auto kBinaryKinds =
    enum_table<BinaryKind>({"add", "sub", "mul", "div", "pow", "max", "min", "mod", "and", "or"});
constexpr auto kCompareKinds = enum_table<CompareKind>({"eq", "ne", "lt", "le", "gt", "ge"});

bool takes_integers(UnaryKind kind) {
  return kind == UnaryKind::kNeg || kind == UnaryKind::kAbs || kind == UnaryKind::kSquare;
}

}  // namespace

std::span<const UnaryKind> enum_values(UnaryKind) { return kUnaryKinds.values; }
std::string_view to_string(UnaryKind value) { return kUnaryKinds.name(value); }
std::span<const BinaryKind> enum_values(BinaryKind) { return kBinaryKinds.values; }
std::string_view to_string(BinaryKind value) { return kBinaryKinds.name(value); }
std::span<const CompareKind> enum_values(CompareKind) { return kCompareKinds.values; }
std::string_view to_string(CompareKind value) { return kCompareKinds.name(value); }

Types Unary::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  if (kind == UnaryKind::kNot) {
    expect_dtype(x, DType::kBool, "x of not");
  } else if (takes_integers(kind)) {
    expect_numeric(x, cat("x of ", to_string(kind)));
  } else {
    expect_floating(x, cat("x of ", to_string(kind)));
  }
  return {x};
}

Types Binary::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 2);
  const TensorType& a = inputs[0];
  const std::string operand = cat("a of ", to_string(kind));
  if (kind == BinaryKind::kAnd || kind == BinaryKind::kOr) {
    expect_dtype(a, DType::kBool, operand);
  } else {
    expect_numeric(a, operand);
    if (kind == BinaryKind::kMod) expect_integer(a, operand);
  }
  expect_same_dtype(inputs[1], a, cat("b of ", to_string(kind)));
  return {{a.dtype, broadcast(a.shape, inputs[1].shape)}};
}

Types Compare::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 2);
  expect_elements(inputs[0], "a");
  expect_same_dtype(inputs[1], inputs[0], "b");
  return {{DType::kBool, broadcast(inputs[0].shape, inputs[1].shape)}};
}

Types Where::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 3);
  expect_dtype(inputs[0], DType::kBool, "condition");
  expect_elements(inputs[1], "a");
  expect_same_dtype(inputs[2], inputs[1], "b");
  return {
      {inputs[1].dtype, broadcast(inputs[0].shape, broadcast(inputs[1].shape, inputs[2].shape))}};
}

Types Cast::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  if (inputs[0].dtype != DType::kU4) expect_elements(inputs[0], "x");
  expect_elements({dtype, {}}, "dtype");
  return {{dtype, inputs[0].shape}};
}

}  // namespace lathe::ops
