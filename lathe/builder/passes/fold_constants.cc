// SPDX-License-Identifier: Apache-2.0
// Computes at build time what depends on constants alone, with the reference kernels.
#include <algorithm>

#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/layout.h"

namespace lathe::builder::passes {

namespace {

// Larger results stay computed: the plan is no place for data.
constexpr int64_t kMaxElements = 1024;

// Constants hold doubles, which not every long integer is.
bool are_doubles(const Tensor& tensor) {
  constexpr int64_t kGreatest = int64_t{1} << 53;
  if (tensor.dtype() != DType::kI64) return true;
  return std::ranges::all_of(tensor.values<const int64_t>(),
                             [](int64_t value) { return -kGreatest < value && value < kGreatest; });
}

Tensor tensor_of(const ops::Constant& constant) {
  Tensor out(constant.dtype, constant.shape.evaluate({}));
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    const bool one = constant.values.size() == 1;
    store_element(out.data(), out.dtype(), i, constant.values[one ? 0 : static_cast<size_t>(i)]);
  }
  return out;
}

ops::Constant constant_of(const Tensor& tensor, const TensorType& type) {
  ops::Constant out{.dtype = type.dtype, .shape = type.shape, .values = {}};
  for (int64_t i = 0; i < tensor.num_elements(); ++i) {
    out.values.push_back(load_element(tensor.data(), tensor.dtype(), i));
  }
  const auto differs = [&](double value) { return value != out.values[0]; };
  if (std::none_of(out.values.begin(), out.values.end(), differs)) out.values.resize(1);
  return out;
}

bool is_small(const TensorType& type) {
  return type.dtype != DType::kState && type.dtype != DType::kU4 && type.shape.is_constant() &&
         type.shape.num_elements().value() >= 1 &&
         type.shape.num_elements().value() <= kMaxElements;
}

bool can_fold(const Network& network, const Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1) return false;
  if (kernels::kernels_for(node.op.name()).empty()) return false;
  const auto is_small_constant = [&](graph::ValueId input) {
    return made_by<ops::Constant>(network.value(input)) != nullptr && is_small(network.type(input));
  };
  return std::all_of(node.inputs.begin(), node.inputs.end(), is_small_constant) &&
         is_small(network.type(node.outputs[0]));
}

Tensor compute(const Network& network, const Node& node, ThreadPool& pool) {
  kernels::Problem problem{node.op, {}, {network.type(node.outputs[0])}};
  std::vector<Tensor> inputs;
  std::vector<TensorView> views;
  for (const Value input : operands(network, node)) {
    problem.inputs.push_back(input.type());
    inputs.push_back(tensor_of(*made_by<ops::Constant>(input)));
    views.push_back(inputs.back().view());
  }
  Tensor out(problem.outputs[0].dtype, problem.outputs[0].shape.evaluate({}));
  const TensorView view = out.view();
  const kernels::Kernel& kernel = kernels::reference_kernel(node.op.name());
  const int64_t bytes =
      kernel.workspace_bytes == nullptr
          ? 0
          : kernel.workspace_bytes(problem).evaluate({{"threads", pool.num_threads()}});
  const Tensor workspace(DType::kU8, {bytes});
  kernel.run({.op = node.op,
              .inputs = views,
              .outputs = {&view, 1},
              .workspace = {static_cast<std::byte*>(workspace.data()), static_cast<size_t>(bytes)},
              .pool = pool});
  return out;
}

void run(Network& network, PassContext& context) {
  ThreadPool pool(1);
  const int count = rewrite_nodes(network, [&](NodeId id) {
    const Node node = network.node(id);
    if (!can_fold(network, node)) return false;
    const Value result = network.value(node.outputs[0]);
    const InsertBefore place(network, id);
    const Tensor folded = compute(network, node, pool);
    if (!are_doubles(folded)) return false;
    substitute(result, network.add_one(constant_of(folded, result.type()), {}));
    return true;
  });
  note_count(context, count, "ops folded into constants");
}

}  // namespace

const Pass kFoldConstants{.name = "fold_constants",
                          .purpose = "compute at build time what depends on constants alone",
                          .guarantees = "no small op has only constants as operands",
                          .after = {},
                          .run = run};

}  // namespace lathe::builder::passes
