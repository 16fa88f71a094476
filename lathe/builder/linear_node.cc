// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/linear_node.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/builder/rewrite.h"

namespace lathe::builder {

namespace {

// What is joined is still cut over ranks part by part.
void add_parts(ops::ShardingSpec& sharding, Value tensor) {
  const std::vector<int64_t>& own = tensor.network().parameter_spec(tensor).sharding.parts;
  if (own.empty()) {
    sharding.parts.push_back(tensor.dim(0).value());
  } else {
    sharding.parts.insert(sharding.parts.end(), own.begin(), own.end());
  }
}

// The same rows of several weights or biases, one tensor of each.
Value join_rows(std::span<const Value> tensors) {
  Network& network = tensors[0].network();
  TensorType type = tensors[0].type();
  graph::ParameterSpec spec = network.parameter_spec(tensors[0]);
  std::vector<std::string> names = {tensors[0].name()};
  spec.sharding.parts.clear();
  add_parts(spec.sharding, tensors[0]);
  for (const Value tensor : tensors.subspan(1)) {
    const graph::ParameterSpec& more = network.parameter_spec(tensor);
    type.shape[0] = type.shape[0] + tensor.dim(0);
    spec.sources.insert(spec.sources.end(), more.sources.begin(), more.sources.end());
    spec.source_rows.insert(spec.source_rows.end(), more.source_rows.begin(),
                            more.source_rows.end());
    add_parts(spec.sharding, tensor);
    names.push_back(tensor.name());
  }
  return network.parameter(join(names, " | "), std::move(type), std::move(spec));
}

bool has_epilogue(const ops::Linear& op) {
  return op.activation.has_value() || op.gated || op.residual;
}

// Parameters that are alike but for their rows, and read by one op alone.
bool rows_join(Value a, Value b) {
  const Network& network = a.network();
  if (!network.is_parameter(a) || !network.is_parameter(b)) return false;
  if (!used_once(a) || !used_once(b) || a.dtype() != b.dtype()) return false;
  if (a.shape().rank() != b.shape().rank()) return false;
  for (int axis = 1; axis < a.shape().rank(); ++axis) {
    if (a.dim(axis) != b.dim(axis)) return false;
  }
  const graph::ParameterSpec& left = network.parameter_spec(a);
  const graph::ParameterSpec& right = network.parameter_spec(b);
  return left.format == right.format && left.part == right.part &&
         left.sharding.axis == right.sharding.axis && !left.sources.empty() &&
         !right.sources.empty();
}

std::optional<std::string> why_not_with(const LinearNode& first, const LinearNode& other) {
  if (first.x != other.x) return "they read different activations";
  if (first.op.format != other.op.format) {
    return cat("their weights are ", first.op.format.name, " and ", other.op.format.name);
  }
  if (has_epilogue(first.op) || has_epilogue(other.op)) return "something is fused behind one";
  if (first.op != other.op) return "their attributes differ";
  for (size_t i = 0; i < first.weight.size(); ++i) {
    if (!rows_join(first.weight[i], other.weight[i])) {
      return cat("the weights of ", first.y.name(), " and ", other.y.name(), " cannot be joined");
    }
  }
  if (first.op.bias && !rows_join(first.bias, other.bias)) return "their biases cannot be joined";
  return std::nullopt;
}

}  // namespace

std::optional<LinearNode> linear_behind(Value y) {
  const auto* op = made_by<ops::Linear>(y);
  if (op == nullptr) return std::nullopt;
  const std::vector<Value> all = operands(y.network(), maker(y));
  const auto begin = all.begin();
  const auto weight = begin + static_cast<std::ptrdiff_t>(op->num_input_tensors());
  const auto rest = weight + op->format.num_tensors();
  LinearNode out{*op, {begin, weight}, {weight, rest}, {}, {}, y};
  if (op->bias) out.bias = *rest;
  if (op->residual) out.residual = all.back();
  return out;
}

Value add_linear(const LinearNode& parts) {
  std::vector<Value> inputs = parts.x;
  inputs.insert(inputs.end(), parts.weight.begin(), parts.weight.end());
  if (parts.bias.valid()) inputs.push_back(parts.bias);
  if (parts.residual.valid()) inputs.push_back(parts.residual);
  ops::Linear op = parts.op;
  op.bias = parts.bias.valid();
  op.residual = parts.residual.valid();
  return parts.x[0].network().add(std::move(op), inputs)[0];
}

std::optional<std::string> why_not_joined(std::span<const LinearNode> linears) {
  for (size_t i = 1; i < linears.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (linears[i].y == linears[j].y) return "two of them are the same";
    }
    if (auto why = why_not_with(linears[0], linears[i])) return why;
  }
  return std::nullopt;
}

LinearNode joined(std::span<const LinearNode> linears) {
  LinearNode out = linears[0];
  out.y = {};
  std::vector<Value> column;
  for (size_t part = 0; part < out.weight.size(); ++part) {
    column.clear();
    for (const LinearNode& linear : linears) column.push_back(linear.weight[part]);
    out.weight[part] = join_rows(column);
  }
  if (!out.op.bias) return out;
  column.clear();
  for (const LinearNode& linear : linears) column.push_back(linear.bias);
  out.bias = join_rows(column);
  return out;
}

NodeId first_of(std::span<const LinearNode> linears) {
  for (const NodeId id : linears[0].y.network().nodes()) {
    const auto makes = [&](const LinearNode& linear) { return maker_id(linear.y) == id; };
    if (std::any_of(linears.begin(), linears.end(), makes)) return id;
  }
  return maker_id(linears[0].y);
}

}  // namespace lathe::builder
