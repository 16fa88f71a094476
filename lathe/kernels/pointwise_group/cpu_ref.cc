// SPDX-License-Identifier: Apache-2.0
// Step after step on whole tensors, each by the reference of its op.
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/pointwise_group/value_type.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

struct Value {
  ValueType type;
  TensorView view;
  Tensor memory;  // empty for an input
};

std::vector<int64_t> broadcast_sizes(std::span<const TensorView> views) {
  int rank = 0;
  for (const TensorView& view : views) rank = std::max(rank, view.rank);
  std::vector<int64_t> sizes(static_cast<size_t>(rank), 1);
  for (const TensorView& view : views) {
    for (int axis = 1; axis <= view.rank; ++axis) {
      if (view.size(-axis) != 1) sizes[static_cast<size_t>(rank - axis)] = view.size(-axis);
    }
  }
  return sizes;
}

Value run_step(const ops::PointwiseStep& step, std::span<const Value> values, ThreadPool& pool) {
  std::vector<TensorView> operands;
  std::vector<ValueType> types;
  for (const int arg : step.args) {
    operands.push_back(values[static_cast<size_t>(arg)].view);
    types.push_back(values[static_cast<size_t>(arg)].type);
  }
  const ValueType type = result_type(step.op, types);
  // Whatever uses the value repeats it itself.
  if (step.op.is<ops::BroadcastTo>()) return {type, operands[0], {}};
  Value result{type, {}, Tensor(type.dtype, broadcast_sizes(operands))};
  result.view = result.memory.view();
  reference_kernel(step.op.name())
      .run({.op = step.op,
            .inputs = operands,
            .outputs = std::span(&result.view, 1),
            .workspace = {},
            .pool = pool});
  return result;
}

// Repeats where the output is larger; converts where it has another dtype than the rule's.
void write(const TensorView& value, const TensorView& output, ThreadPool& pool) {
  reference_kernel("cast").run({.op = ops::Cast{.dtype = output.dtype},
                                .inputs = std::span(&value, 1),
                                .outputs = std::span(&output, 1),
                                .workspace = {},
                                .pool = pool});
}

void run(const KernelArgs& args) {
  const auto& group = *args.op.as<ops::PointwiseGroup>();
  std::vector<Value> values;
  for (const TensorView& input : args.inputs) values.push_back({{input.dtype}, input, {}});
  for (const ops::PointwiseStep& step : group.steps) {
    values.push_back(run_step(step, values, args.pool));
  }
  for (size_t i = 0; i < group.outputs.size(); ++i) {
    write(values[static_cast<size_t>(group.outputs[i])].view, args.outputs[i], args.pool);
  }
}

}  // namespace

extern const Kernel kPointwiseGroupCpuRef{
    .name = "pointwise_group.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
