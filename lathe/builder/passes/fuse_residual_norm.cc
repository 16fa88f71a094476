// SPDX-License-Identifier: Apache-2.0
// A sum before an RMSNorm becomes part of it; others still read the sum.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/norm.h"

namespace lathe::builder::passes {

namespace {

bool fuse(Network& network, NodeId id) {
  const Node node = network.node(id);
  const auto* norm = node.op.as<ops::RmsNorm>();
  if (norm == nullptr || norm->residual || norm->quantize_block != 0) return false;
  const Value sum = network.value(node.inputs[0]);
  const auto* binary = made_by<ops::Binary>(sum);
  if (binary == nullptr || binary->kind != ops::BinaryKind::kAdd) return false;
  const std::vector<Value> terms = operands(network, maker(sum));
  if (terms[0].type() != sum.type() || terms[1].type() != sum.type()) return false;
  const Value weight = network.value(node.inputs[1]);
  if (network.producer(weight)) return false;  // it may not be there yet where the sum stands
  ops::RmsNorm fused = *norm;
  fused.residual = true;
  const Value inputs[] = {terms[0], terms[1], weight};
  const InsertBefore place(network, maker_id(sum));
  const std::vector<Value> results = network.add(fused, inputs);
  substitute(network.value(node.outputs[0]), results[1]);
  substitute(sum, results[0]);
  return true;
}

void run(Network& network, PassContext& context) {
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id); });
  note_count(context, count, "residuals fused into norms");
}

}  // namespace

const Pass kFuseResidualNorm{.name = "fuse_residual_norm",
                             .purpose = "a residual sum before an RMSNorm is part of it",
                             .guarantees = "no sum stands before an RMSNorm",
                             .after = {"recognise_norms", "fuse_residual"},
                             .run = run};

}  // namespace lathe::builder::passes
