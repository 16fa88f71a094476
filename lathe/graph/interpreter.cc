// SPDX-License-Identifier: Apache-2.0
#include "lathe/graph/interpreter.h"

#include <set>

#include "lathe/base/error.h"
#include "lathe/kernels/kernel.h"

namespace lathe::graph {

namespace {

// The interpreter keeps every floating value in f32.
DType computed_dtype(DType dtype) { return is_floating(dtype) ? DType::kF32 : dtype; }

DimBindings bind_inputs(const Network& network, const NamedTensors& inputs) {
  for (const auto& [name, tensor] : inputs) {
    const std::optional<Value> value = network.find(name);
    if (!value || !network.is_input(*value)) {
      fail(ErrorCode::kInvalidArgument, "the network has no input ", quote(name));
    }
  }
  DimBindings bindings;
  for (const Value value : network.inputs()) {
    const auto found = inputs.find(value.name());
    if (found == inputs.end()) {
      fail(ErrorCode::kInvalidArgument, "input ", quote(value.name()), " is missing");
    }
    const Tensor& tensor = found->second;
    const bool fits = static_cast<int>(tensor.sizes().size()) == value.shape().rank() &&
                      (tensor.dtype() == value.dtype() ||
                       (is_floating(tensor.dtype()) && is_floating(value.dtype())));
    if (!fits) {
      fail(ErrorCode::kInvalidArgument, "input ", quote(value.name()), ": expected ",
           value.type().to_string(), ", got ", to_string(tensor.dtype()), " of rank ",
           tensor.sizes().size());
    }
    for (int axis = 0; axis < value.shape().rank(); ++axis) {
      value.dim(axis).solve(tensor.size(axis), bindings, cat("input ", value.name()));
    }
  }
  return bindings;
}

// For every value, the last node that reads it.
std::map<ValueId, NodeId> last_uses(const Network& network) {
  std::map<ValueId, NodeId> out;
  for (const NodeId id : network.nodes()) {
    for (const ValueId input : network.node(id).inputs) out[input] = id;
  }
  for (const NamedOutput& output : network.outputs()) out.erase(output.value.id());
  return out;
}

// What has to run, in running order, to get a value from those that are known.
std::vector<NodeId> nodes_between(const Network& network, Value wanted,
                                  const std::map<ValueId, Tensor>& known) {
  std::set<NodeId> needed;
  std::vector<Value> open = {wanted};
  while (!open.empty()) {
    const Value value = open.back();
    open.pop_back();
    const std::optional<NodeId> producer = network.producer(value);
    if (!producer || (known.contains(value.id()) && value != wanted)) continue;
    if (!needed.insert(*producer).second) continue;
    for (const ValueId input : network.node(*producer).inputs) open.push_back(network.value(input));
  }
  std::vector<NodeId> out;
  for (const NodeId id : network.nodes()) {
    if (needed.contains(id)) out.push_back(id);
  }
  return out;
}

}  // namespace

Interpreter::Interpreter(const Network& network, ParameterSource parameters, ThreadPool& pool,
                         InterpreterOptions options)
    : network_(network), parameters_(std::move(parameters)), pool_(pool) {
  for (const Value state : network.states()) {
    const StateSpec& spec = network.state_spec(state);
    const std::vector<int64_t> sizes = {options.num_blocks, spec.kv_heads, options.block_size,
                                        spec.head_dim};
    Cache& cache = caches_[state.id()];
    cache.keys = Tensor(DType::kF32, sizes);
    cache.values = Tensor(DType::kF32, sizes);
    cache.view = {.keys = cache.keys.data(),
                  .values = cache.values.data(),
                  .dtype = DType::kF32,
                  .num_blocks = options.num_blocks,
                  .block_size = options.block_size,
                  .kv_heads = spec.kv_heads,
                  .head_dim = spec.head_dim};
    cache_of_value_[state.id()] = &cache;
  }
}

TensorView Interpreter::operand(ValueId id, const std::map<ValueId, Tensor>& values) {
  if (const auto cache = cache_of_value_.find(id); cache != cache_of_value_.end()) {
    const kernels::KvCacheView& view = cache->second->view;
    const int64_t sizes[] = {view.kv_heads, view.head_dim};
    return TensorView::contiguous(&cache->second->view, DType::kState, sizes);
  }
  if (const auto value = values.find(id); value != values.end()) return value->second.view();
  auto weight = weights_.find(id);
  if (weight == weights_.end()) {
    const Value parameter = network_.value(id);
    const Tensor loaded = parameters_(parameter);
    if (loaded.sizes() != parameter.shape().evaluate({})) {
      fail(ErrorCode::kInvalidArgument, "parameter ", quote(parameter.name()),
           " does not have the shape ", parameter.shape().to_string());
    }
    weight = weights_.emplace(id, loaded.to(computed_dtype(loaded.dtype()))).first;
  }
  return weight->second.view();
}

std::vector<Tensor> Interpreter::run_views(NodeId id, std::span<const TensorView> inputs,
                                           const DimBindings& bindings) {
  const Node& node = network_.node(id);
  kernels::Problem problem{node.op, {}, {}};
  std::vector<Tensor> outputs;
  std::vector<TensorView> views;
  for (const ValueId input : node.inputs) problem.inputs.push_back(network_.type(input));
  for (const ValueId output : node.outputs) {
    const TensorType& type = network_.type(output);
    problem.outputs.push_back(type);
    if (type.dtype == DType::kState) {
      outputs.emplace_back();
      views.push_back(inputs[0]);
      continue;
    }
    outputs.emplace_back(computed_dtype(type.dtype), type.shape.evaluate(bindings));
    views.push_back(outputs.back().view());
  }
  const kernels::Kernel& kernel = kernels::reference_kernel(node.op.name());
  DimBindings with_threads = bindings;
  with_threads["threads"] = pool_.num_threads();
  const int64_t bytes = kernel.workspace_bytes == nullptr
                            ? 0
                            : kernel.workspace_bytes(problem).evaluate(with_threads);
  const Tensor workspace(DType::kU8, {bytes});
  with_context(cat("%", static_cast<int>(node.outputs[0])), [&] {
    kernel.run(
        {.op = node.op,
         .inputs = inputs,
         .outputs = views,
         .workspace = {static_cast<std::byte*>(workspace.data()), static_cast<size_t>(bytes)},
         .pool = pool_});
  });
  return outputs;
}

// Runs a node on values that are there, and adds its results to them.
void Interpreter::run_into(NodeId id, std::map<ValueId, Tensor>& values,
                           const DimBindings& bindings, const InterpreterTap& tap) {
  const Node& node = network_.node(id);
  std::vector<TensorView> views;
  for (const ValueId input : node.inputs) views.push_back(operand(input, values));
  const std::vector<Tensor> results = run_views(id, views, bindings);
  for (size_t i = 0; i < results.size(); ++i) {
    if (network_.type(node.outputs[i]).dtype == DType::kState) {
      cache_of_value_[node.outputs[i]] = cache_of_value_.at(node.inputs[0]);
    } else {
      values[node.outputs[i]] = results[i];
    }
  }
  if (tap) tap(id, results);
}

Tensor Interpreter::evaluate(Value wanted, const std::map<ValueId, Tensor>& known,
                             const DimBindings& bindings) {
  std::map<ValueId, Tensor> values = known;
  for (auto& [id, tensor] : values) tensor = tensor.to(computed_dtype(tensor.dtype()));
  for (const NodeId id : nodes_between(network_, wanted, known)) {
    run_into(id, values, bindings, {});
  }
  return wanted.dtype() == DType::kState ? Tensor() : values.at(wanted.id());
}

const kernels::KvCacheView& Interpreter::cache(Value state) const {
  const auto found = cache_of_value_.find(state.id());
  LATHE_CHECK(found != cache_of_value_.end(), "no state, or one that is not made yet",
              state.name());
  return found->second->view;
}

NamedTensors Interpreter::run(const NamedTensors& inputs, const InterpreterTap& tap) {
  const DimBindings bindings = bind_inputs(network_, inputs);
  std::map<ValueId, Tensor> values;
  for (const Value input : network_.inputs()) {
    const Tensor& tensor = inputs.find(input.name())->second;
    values[input.id()] = tensor.to(computed_dtype(tensor.dtype()));
  }
  const std::map<ValueId, NodeId> last = last_uses(network_);
  for (const NodeId id : network_.nodes()) {
    run_into(id, values, bindings, tap);
    for (const ValueId input : network_.node(id).inputs) {
      const auto use = last.find(input);
      if (use != last.end() && use->second == id) values.erase(input);
    }
  }
  NamedTensors outputs;
  for (const NamedOutput& output : network_.outputs()) {
    const auto value = values.find(output.value.id());
    if (value != values.end()) outputs[output.name] = value->second;
  }
  return outputs;
}

}  // namespace lathe::graph
