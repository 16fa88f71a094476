// SPDX-License-Identifier: Apache-2.0
// An RMSNorm whose result is only quantized gives codes and scales itself.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/quantize.h"

namespace lathe::builder::passes {

namespace {

bool fuse(Network& network, NodeId id) {
  const Node quantize = network.node(id);
  if (!quantize.op.is<ops::Quantize>()) return false;
  const Value y = network.value(quantize.inputs[0]);
  const auto* norm = made_by<ops::RmsNorm>(y);
  if (norm == nullptr || norm->quantize_block != 0 || !used_once(y)) return false;
  const Node normed = maker(y);
  if (network.output_index(y) != static_cast<int>(normed.outputs.size()) - 1) return false;
  ops::RmsNorm fused = *norm;
  fused.quantize_block = quantize.op.as<ops::Quantize>()->block;
  const InsertBefore place(network, maker_id(y));
  std::vector<Value> results = network.add(fused, operands(network, normed));
  for (size_t i = 0; i < quantize.outputs.size(); ++i) {
    substitute(network.value(quantize.outputs[i]), results[results.size() - 2 + i]);
  }
  if (norm->residual) substitute(network.value(normed.outputs[0]), results[0]);
  return true;
}

void run(Network& network, PassContext& context) {
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id); });
  note_count(context, count, "norms give quantized activations");
}

}  // namespace

const Pass kFuseNormQuantize{
    .name = "fuse_norm_quantize",
    .purpose = "an RMSNorm that is only quantized gives codes itself",
    .guarantees = "no quantize stands behind a norm that it alone reads",
    .after = {"quantize_inputs", "share_common", "recognise_norms", "fuse_residual_norm"},
    .run = run};

}  // namespace lathe::builder::passes
