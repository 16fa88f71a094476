// SPDX-License-Identifier: Apache-2.0
// On a GPU, an RMSNorm that one linear alone reads becomes the linear's prologue: few tokens are
// normalised by every block that streams the weight, and a launch is saved.
#include "lathe/builder/linear_node.h"
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/builder/target_support.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::builder::passes {

namespace {

// x and the norm's weight, where a bare norm makes the value for one reader.
std::optional<std::vector<Value>> normed(Value value) {
  const auto* norm = made_by<ops::RmsNorm>(value);
  if (norm == nullptr || norm->residual || norm->quantize_block > 0 || !used_once(value)) {
    return std::nullopt;
  }
  return operands(value.network(), maker(value));
}

bool fuse(Network& network, NodeId id, PassContext& context) {
  const Node node = network.node(id);
  const auto* linear = node.op.as<ops::Linear>();
  if (linear == nullptr || linear->input_block > 0) return false;
  const Value x = network.value(node.inputs[0]);
  std::optional<std::vector<Value>> inputs = normed(x);
  if (!inputs) return false;
  const ops::Op fused = ops::NormLinear{*made_by<ops::RmsNorm>(x), *linear};
  const std::vector<Value> all = operands(network, node);
  inputs->insert(inputs->end(), all.begin() + 1, all.end());
  const Value y = network.value(node.outputs[0]);
  if (const auto why_not = why_not_fast(context, fused, *inputs)) {
    context.notes.push_back(cat(y.name(), " not fused: ", *why_not));
    return false;
  }
  const InsertBefore place(network, id);
  substitute(y, network.add(fused, *inputs)[0]);
  return true;
}

void run(Network& network, PassContext& context) {
  if (!context.on_gpu()) return;
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id, context); });
  note_count(context, count, "norms fused into linears");
}

}  // namespace

const Pass kFuseNormLinear{.name = "fuse_norm_linear",
                           .purpose =
                               "an RMSNorm is the prologue of the linear that reads it, on a "
                               "GPU",
                           .guarantees =
                               "no norm stands before a linear that alone reads it and "
                               "has a kernel for both",
                           .after = {"recognise_norms", "fuse_residual", "half_activations"},
                           .run = run};

}  // namespace lathe::builder::passes
