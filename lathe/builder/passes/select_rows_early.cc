// SPDX-License-Identifier: Apache-2.0
// Rows are picked before an op that works on each row by itself, not behind it: a context step
// norms (and quantizes) the rows that logits are wanted for, not all of its tokens.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/norm.h"

namespace lathe::builder::passes {

namespace {

// Ops of one result whose rows come from the same rows of their first operand alone; the others are
// the same for all rows.
bool works_on_rows(const Node& node) {
  if (const auto* norm = node.op.as<ops::RmsNorm>()) {
    return !norm->residual && norm->quantize_block == 0;
  }
  return node.op.is<ops::LayerNorm>() || node.op.is<ops::Unary>() || node.op.is<ops::Cast>();
}

bool swap(Network& network, NodeId id) {
  const Node gather = network.node(id);
  const auto* op = gather.op.as<ops::Gather>();
  if (op == nullptr || op->axis != 0) return false;
  const Value x = network.value(gather.inputs[0]), indices = network.value(gather.inputs[1]);
  if (!network.producer(x) || !used_once(x) || x.shape().rank() < 2) return false;
  const Node before = maker(x);
  if (!works_on_rows(before) || indices.shape().rank() != 1) return false;
  const InsertBefore place(network, id);
  std::vector<Value> inputs = operands(network, before);
  inputs[0] = network.add_one(*op, {inputs[0], indices});
  substitute(network.value(gather.outputs[0]), network.add(before.op, inputs)[0]);
  return true;
}

void run(Network& network, PassContext& context) {
  int count = 0;
  // What was swapped may stand behind another such op.
  while (const int swapped = rewrite_nodes(network, [&](NodeId id) { return swap(network, id); })) {
    count += swapped;
  }
  note_count(context, count, "rows picked earlier");
}

}  // namespace

const Pass kSelectRowsEarly{.name = "select_rows_early",
                            .purpose = "pick rows before row-wise ops, not behind them",
                            .guarantees = "no gather of rows stands behind a norm it alone reads",
                            .after = {"recognise_norms", "recognise_activations"},
                            .run = run};

}  // namespace lathe::builder::passes
