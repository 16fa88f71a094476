// SPDX-License-Identifier: Apache-2.0
// Folds the dequantize (or the cast) behind a stored weight into the linear or embedding that reads
// it: their kernels read stored weights themselves.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/quantize.h"

namespace lathe::builder::passes {

namespace {

struct StoredOperand {
  ops::WeightFormatDesc format;
  std::vector<Value> tensors;
};

// The tensors behind a weight operand, where they are parameters.
std::optional<StoredOperand> stored_operand(Value weight) {
  const std::optional<NodeId> producer = weight.network().producer(weight);
  if (!producer) return std::nullopt;
  const Node& node = weight.network().node(*producer);
  StoredOperand out{{}, operands(weight.network(), node)};
  if (const auto* dequantize = node.op.as<ops::Dequantize>()) {
    out.format = dequantize->format;
  } else if (node.op.is<ops::Cast>()) {
    out.format = {.name = "plain", .code_dtype = out.tensors[0].dtype()};
  } else {
    return std::nullopt;
  }
  for (const Value tensor : out.tensors) {
    if (!weight.network().is_parameter(tensor)) return std::nullopt;
  }
  return out;
}

// The op with another weight format; empty where it has no weight or does not read plain values.
std::optional<ops::Op> with_format(const ops::Op& op, const ops::WeightFormatDesc& format) {
  if (const auto* linear = op.as<ops::Linear>(); linear != nullptr && linear->format.is_plain()) {
    ops::Linear out = *linear;
    out.format = format;
    return out;
  }
  if (const auto* table = op.as<ops::Embedding>(); table != nullptr && table->format.is_plain()) {
    ops::Embedding out = *table;
    out.format = format;
    return out;
  }
  return std::nullopt;
}

bool fold(Network& network, NodeId id) {
  constexpr size_t kWeight = 1;  // of a linear with floating x, and of an embedding
  const Node node = network.node(id);
  if (node.inputs.size() <= kWeight) return false;
  const std::optional<StoredOperand> stored = stored_operand(network.value(node.inputs[kWeight]));
  if (!stored) return false;
  std::optional<ops::Op> op = with_format(node.op, stored->format);
  if (!op) return false;
  std::vector<Value> inputs = operands(network, node);
  inputs.erase(inputs.begin() + kWeight);
  inputs.insert(inputs.begin() + kWeight, stored->tensors.begin(), stored->tensors.end());
  const InsertBefore place(network, id);
  substitute(network.value(node.outputs[0]), network.add(std::move(*op), inputs)[0]);
  return true;
}

void run(Network& network, PassContext& context) {
  const int count = rewrite_nodes(network, [&](NodeId id) { return fold(network, id); });
  note_count(context, count, "weights folded into their ops");
}

}  // namespace

const Pass kFoldWeights{.name = "fold_weights",
                        .purpose = "linear and embedding read stored weights themselves",
                        .guarantees = "no dequantize stands before a linear or an embedding",
                        .after = {"bind"},
                        .run = run};

}  // namespace lathe::builder::passes
