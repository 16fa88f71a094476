// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/diff.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "lathe/base/error.h"
#include "lathe/builder/drift.h"
#include "lathe/kernels/kernel.h"

namespace lathe::builder {

namespace {

using graph::NamedTensors;
using graph::Value;
using graph::ValueId;

// What the source values of one output are written between: joined along the last axis.
constexpr std::string_view kJoin = " | ";

std::vector<std::string> names_in(std::string_view computes) {
  std::vector<std::string> out;
  for (size_t begin = 0; !computes.empty();) {
    const size_t end = computes.find(kJoin, begin);
    out.emplace_back(computes.substr(begin, end - begin));
    if (end == std::string_view::npos) break;
    begin = end + kJoin.size();
  }
  return out;
}

// Columns [begin, begin + width) of the last axis.
Tensor columns_of(const TensorView& view, int64_t begin, int64_t width) {
  std::vector<int64_t> sizes(view.shape().begin(), view.shape().end());
  const int64_t row = sizes.back();
  sizes.back() = width;
  Tensor out(view.dtype, sizes);
  const int64_t rows = row == 0 ? 0 : view.num_elements() / row;
  const int64_t bytes = bytes_for(view.dtype, width);
  for (int64_t i = 0; i < rows; ++i) {
    const auto* from =
        static_cast<const std::byte*>(view.data) + bytes_for(view.dtype, i * row + begin);
    std::copy_n(from, bytes, static_cast<std::byte*>(out.data()) + i * bytes);
  }
  return out;
}

// The references keep every floating value in f32.
DType computed_dtype(DType dtype) { return is_floating(dtype) ? DType::kF32 : dtype; }

std::map<std::string, Value, std::less<>> values_by_name(const graph::Network& network) {
  std::map<std::string, Value, std::less<>> out;
  for (const graph::NodeId id : network.nodes()) {
    for (const ValueId output : network.node(id).outputs) {
      out.emplace(network.value_name(output), network.value(output));
    }
  }
  return out;
}

class Diff {
 public:
  Diff(const exec::Engine& engine, const graph::Network& source,
       const graph::ParameterSource& parameters, const DiffOptions& options)
      : engine_(engine),
        source_(source),
        options_(options),
        by_name_(values_by_name(source)),
        interpreter_(source, parameters, engine.pool(),
                     {.num_blocks = std::max<int64_t>(options.num_blocks, 1),
                      .block_size = engine.plan().block_size}) {}

  void bind(const NamedTensors& inputs) {
    for (const Value input : source_.inputs()) {
      const auto found = inputs.find(input.name());
      if (found == inputs.end()) {
        fail(ErrorCode::kInvalidArgument, "input ", quote(input.name()), " is missing");
      }
      known_[input.id()] = found->second;
      for (int axis = 0; axis < input.shape().rank(); ++axis) {
        input.dim(axis).solve(found->second.size(axis), bindings_, input.name());
      }
    }
  }

  // Compares what a step has computed, then takes the engine's values as the truth for what
  // follows.
  void step(size_t index, std::span<const TensorView> inputs, std::span<const TensorView> outputs) {
    const engine::PlanStep& step = engine_.plan().steps[index];
    if (outputs.size() == 1 && step.computes[0].empty()) return step_alone(index, inputs, outputs);
    std::map<ValueId, Tensor> seen;
    for (size_t i = 0; i < outputs.size(); ++i) {
      int64_t column = 0;
      for (const std::string& name : names_in(step.computes[i])) {
        const Value value = source_value(name);
        if (value.dtype() == DType::kState) {
          compare_cache(index, value, outputs[i]);
          seen[value.id()] = Tensor();
          continue;
        }
        const int64_t width =
            value.shape().rank() == 0 ? 1 : value.shape().back().evaluate(bindings_);
        const bool whole = name == step.computes[i];
        Tensor got = whole ? copy_of(outputs[i]) : columns_of(outputs[i], column, width);
        column += width;
        check(index, name, got, interpreter_.evaluate(value, known_, bindings_));
        seen[value.id()] = std::move(got);
      }
    }
    known_.merge(seen);
  }

  DiffReport take_report() { return std::move(report_); }

 private:
  // A step whose result the source network does not have, because a pass has moved it: compares
  // with what the op's reference makes of the step's own operands.
  void step_alone(size_t index, std::span<const TensorView> inputs,
                  std::span<const TensorView> outputs) {
    const engine::PlanStep& step = engine_.plan().steps[index];
    const kernels::Kernel& reference = kernels::reference_kernel(step.op);
    const auto hidden = [](const TensorView& view) {
      return view.data == nullptr || view.dtype == DType::kState;
    };
    if (std::ranges::any_of(inputs, hidden) || hidden(outputs[0])) return;
    if (reference.workspace_bytes != nullptr) return;
    std::vector<Tensor> operands;
    std::vector<TensorView> views;
    for (const TensorView& input : inputs) {
      operands.push_back(copy_of(input).to(computed_dtype(input.dtype)));
      views.push_back(operands.back().view());
    }
    const Tensor got = copy_of(outputs[0]);
    const Tensor expected(computed_dtype(got.dtype()), got.sizes());
    const TensorView result[] = {expected.view()};
    reference.run({.op = ops::Op::parse(step.op, step.attributes),
                   .inputs = views,
                   .outputs = result,
                   .workspace = {},
                   .pool = engine_.pool()});
    check(index, cat("what ", step.op, " makes of its operands"), got, expected);
  }

  Value source_value(const std::string& name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      fail(ErrorCode::kInvalidArgument, "the network has no value ", quote(name, 200),
           ", which the engine computes: it was built from another one, or with bind passes "
           "skipped");
    }
    return found->second;
  }

  void check(size_t index, const std::string& name, const Tensor& got, const Tensor& expected) {
    record({.step = index, .name = name, .got = got, .expected = expected}, engine_,
           options_.tolerance, bindings_, report_);
  }

  // Compares the blocks of a cache, then gives the interpreter the engine's.
  void compare_cache(size_t index, Value state, const TensorView& written) {
    const auto& engine = *static_cast<const kernels::KvCacheView*>(written.data);
    (void)interpreter_.evaluate(state, known_, bindings_);
    const kernels::KvCacheView& reference = interpreter_.cache(state);
    const int64_t count = std::min(engine.num_blocks, reference.num_blocks) * engine.kv_heads *
                          engine.block_size * engine.head_dim;
    const void* const from[] = {engine.keys, engine.values};
    void* const to[] = {reference.keys, reference.values};
    const std::string_view parts[] = {"keys", "values"};
    for (size_t part = 0; part < std::size(parts); ++part) {
      const Tensor got(engine.dtype, {count}, nullptr, const_cast<void*>(from[part]));
      const Tensor expected(reference.dtype, {count}, nullptr, to[part]);
      check(index, cat(state.name(), " (", parts[part], ")"), got, expected);
      convert_elements(from[part], engine.dtype, to[part], reference.dtype, count);
    }
  }

  const exec::Engine& engine_;
  const graph::Network& source_;
  const DiffOptions& options_;
  std::map<std::string, Value, std::less<>> by_name_;
  graph::Interpreter interpreter_;
  DimBindings bindings_;
  std::map<ValueId, Tensor> known_;
  DiffReport report_;
};

}  // namespace

DiffReport diff(const std::shared_ptr<const exec::Engine>& engine, const graph::Network& source,
                const graph::ParameterSource& parameters, const NamedTensors& inputs,
                const DiffOptions& options) {
  Diff work(*engine, source, parameters, options);
  work.bind(inputs);
  exec::Session session(engine, {.plan = 0,
                                 .limits = options.limits,
                                 .num_blocks = options.num_blocks,
                                 .plant = options.plant});
  session.set_tap([&](size_t step, std::span<const TensorView> operands,
                      std::span<const TensorView> results) { work.step(step, operands, results); });
  std::vector<exec::NamedView> views;
  for (const auto& [name, tensor] : inputs) views.push_back({name, tensor.view()});
  session.run(views);
  return work.take_report();
}

}  // namespace lathe::builder
