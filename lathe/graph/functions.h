// SPDX-License-Identifier: Apache-2.0
// Free functions and operators that add ops to the network of their operands.
//
//   Value silu_of_x = x * sigmoid(x);
//
// Shapes and dtypes are each op's rule (`lathe inspect --ops`); numpy's broadcasting. Operands of
// one call belong to one network. Errors: kInvalidArgument naming the op, what was expected and
// what came.
#pragma once

#include <span>
#include <vector>

#include "lathe/graph/value.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/reduce.h"
#include "lathe/ops/rope.h"

namespace lathe::graph {

// Element-wise.
Value unary(ops::UnaryKind kind, Value x);
Value binary(ops::BinaryKind kind, Value a, Value b);
Value compare(ops::CompareKind kind, Value a, Value b);
Value neg(Value x);
Value abs(Value x);
Value exp(Value x);
Value log(Value x);
Value sqrt(Value x);
Value rsqrt(Value x);
Value sigmoid(Value x);
Value tanh(Value x);
Value erf(Value x);
Value relu(Value x);
Value silu(Value x);
Value gelu(Value x);
Value gelu_tanh(Value x);
Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator+(Value a, double b);  // the constant takes the dtype of a
Value operator-(Value a, double b);
Value operator*(Value a, double b);
Value operator/(Value a, double b);
Value operator+(double a, Value b);
Value operator-(double a, Value b);
Value operator*(double a, Value b);
Value operator/(double a, Value b);
Value operator-(Value x);
Value pow(Value x, Value exponent);
Value pow(Value x, double exponent);
Value maximum(Value a, Value b);
Value minimum(Value a, Value b);
Value where(Value condition, Value a, Value b);
Value cast(Value x, DType dtype);  // x itself where it has that dtype

// Reductions and order.
Value reduce(ops::ReduceKind kind, Value x, std::vector<int> axes, bool keep_dims = false);
Value sum(Value x, std::vector<int> axes, bool keep_dims = false);
Value mean(Value x, std::vector<int> axes, bool keep_dims = false);
Value max(Value x, std::vector<int> axes, bool keep_dims = false);
Value softmax(Value x, int axis = -1);
Value cumsum(Value x, int axis = -1);
struct TopKResult {
  Value values;
  Value indices;
};
TopKResult top_k(Value x, int64_t k);

// Products.
Value matmul(Value a, Value b);
// "mk,kn->mn" and the like: rewritten to transpose, reshape, matmul, reduce. Each letter's dim must
// be constant, but for those that stay a single axis of the result.
Value einsum(std::string_view equation, std::span<const Value> operands);
Value linear(Value x, Value weight);
Value linear(Value x, Value weight, Value bias);

// Moving elements.
Value reshape(Value x, Shape shape);
Value transpose(Value x, std::vector<int> permutation);
Value slice(Value x, int axis, int64_t start, int64_t stop = -1, int64_t step = 1);
Value concat(std::span<const Value> parts, int axis);
std::vector<Value> split(Value x, std::vector<int64_t> sizes, int axis);
Value gather(Value x, Value indices, int axis = 0);
Value scatter(Value x, Value indices, Value updates, ops::ScatterKind kind);
Value broadcast_to(Value x, Shape shape);
Value constant(graph::Network& network, DType dtype, Shape shape, std::vector<double> values);
Value iota(graph::Network& network, Dim size, DType dtype = DType::kI32);

// Language models.
Value embedding(Value ids, Value table);
Value rms_norm(Value x, Value weight, float eps);
Value layer_norm(Value x, Value weight, Value bias, float eps);
Value gated_activation(Value x, ops::UnaryKind activation);
// `lengths` only where the scaling depends on the sequence (ops::needs_lengths).
Value rope(Value x, Value positions, const ops::Rope& options, Value lengths = {});
Value attention(Value q, Value k, Value v, ops::AttentionOptions options, Value cu_lengths = {});
// The named step input (ops/step_inputs.h) of the network, declared when first asked for.
Value step_input(graph::Network& network, std::string_view name);
// Writes the step's keys and values into `cache` and attends over it; uses the step inputs.
Value cached_attention(Value q, Value k, Value v, Value cache, ops::AttentionOptions options);
Value quantize(Value x, int64_t block);

}  // namespace lathe::graph
