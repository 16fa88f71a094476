// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "lathe/base/error.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/network.h"

namespace lathe::graph {

using ops::BinaryKind;
using ops::UnaryKind;

namespace {

// A number next to `like`: a constant of rank 0 with the dtype of `like`.
Value scalar(Value like, double value) {
  const DType dtype = like.dtype();
  if (!is_floating(dtype) && value != std::trunc(value)) {
    fail(ErrorCode::kInvalidArgument, "constant: ", value, " next to a value of dtype ",
         to_string(dtype), ", expected a whole number");
  }
  return constant(like.network(), dtype, {}, {value});
}

}  // namespace

Value unary(UnaryKind kind, Value x) { return x.network().add_one(ops::Unary{.kind = kind}, {x}); }
Value binary(BinaryKind kind, Value a, Value b) {
  return a.network().add_one(ops::Binary{.kind = kind}, {a, b});
}
Value compare(ops::CompareKind kind, Value a, Value b) {
  return a.network().add_one(ops::Compare{.kind = kind}, {a, b});
}

Value neg(Value x) { return unary(UnaryKind::kNeg, x); }
Value abs(Value x) { return unary(UnaryKind::kAbs, x); }
Value exp(Value x) { return unary(UnaryKind::kExp, x); }
Value log(Value x) { return unary(UnaryKind::kLog, x); }
Value sqrt(Value x) { return unary(UnaryKind::kSqrt, x); }
Value rsqrt(Value x) { return unary(UnaryKind::kRsqrt, x); }
Value sigmoid(Value x) { return unary(UnaryKind::kSigmoid, x); }
Value tanh(Value x) { return unary(UnaryKind::kTanh, x); }
Value erf(Value x) { return unary(UnaryKind::kErf, x); }
Value relu(Value x) { return unary(UnaryKind::kRelu, x); }
Value silu(Value x) { return unary(UnaryKind::kSilu, x); }
Value gelu(Value x) { return unary(UnaryKind::kGelu, x); }
Value gelu_tanh(Value x) { return unary(UnaryKind::kGeluTanh, x); }

Value operator+(Value a, Value b) { return binary(BinaryKind::kAdd, a, b); }
Value operator-(Value a, Value b) { return binary(BinaryKind::kSub, a, b); }
Value operator*(Value a, Value b) { return binary(BinaryKind::kMul, a, b); }
Value operator/(Value a, Value b) { return binary(BinaryKind::kDiv, a, b); }
Value operator+(Value a, double b) { return a + scalar(a, b); }
Value operator-(Value a, double b) { return a - scalar(a, b); }
Value operator*(Value a, double b) { return a * scalar(a, b); }
Value operator/(Value a, double b) { return a / scalar(a, b); }
Value operator+(double a, Value b) { return scalar(b, a) + b; }
Value operator-(double a, Value b) { return scalar(b, a) - b; }
Value operator*(double a, Value b) { return scalar(b, a) * b; }
Value operator/(double a, Value b) { return scalar(b, a) / b; }
Value operator-(Value x) { return neg(x); }

Value pow(Value x, Value exponent) { return binary(BinaryKind::kPow, x, exponent); }
Value pow(Value x, double exponent) { return pow(x, scalar(x, exponent)); }
Value maximum(Value a, Value b) { return binary(BinaryKind::kMax, a, b); }
Value minimum(Value a, Value b) { return binary(BinaryKind::kMin, a, b); }

Value where(Value condition, Value a, Value b) {
  return condition.network().add_one(ops::Where{}, {condition, a, b});
}

Value cast(Value x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return x.network().add_one(ops::Cast{.dtype = dtype}, {x});
}

}  // namespace lathe::graph
