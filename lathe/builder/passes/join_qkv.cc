// SPDX-License-Identifier: Apache-2.0
// The query, key and value projections of an attention become one linear over their weights, one
// below the other, and a split.
#include "lathe/builder/linear_node.h"
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/rope.h"

namespace lathe::builder::passes {

namespace {

// q, k and v of an attention; empty for any other op.
std::vector<Value> attended(const Network& network, const Node& node) {
  const std::vector<Value> inputs = operands(network, node);
  if (node.op.is<ops::Attention>()) return {inputs[0], inputs[1], inputs[2]};
  if (!node.op.is<ops::PagedAttention>()) return {};
  const Value cache = inputs[1];
  if (made_by<ops::KvWrite>(cache) == nullptr) return {};
  const std::vector<Value> written = operands(network, maker(cache));
  return {inputs[0], written[1], written[2]};
}

// What keeps a projection's columns where they are: heads are cut, rotated, normed.
bool is_per_head(const Node& node) {
  return node.op.is<ops::Reshape>() || node.op.is<ops::Rope>() || node.op.is<ops::RmsNorm>();
}

std::optional<LinearNode> projection_behind(Value value) {
  const Network& network = value.network();
  while (const std::optional<NodeId> producer = network.producer(value)) {
    if (!is_per_head(network.node(*producer))) break;
    value = network.value(network.node(*producer).inputs[0]);
  }
  return linear_behind(value);
}

bool join_at(Network& network, NodeId id, PassContext& context) {
  std::vector<LinearNode> linears;
  for (const Value value : attended(network, network.node(id))) {
    std::optional<LinearNode> linear = projection_behind(value);
    if (!linear) return false;
    linears.push_back(std::move(*linear));
  }
  if (linears.empty()) return false;
  if (const auto why_not = why_not_joined(linears)) {
    context.notes.push_back(cat("q, k, v not joined: ", linears[0].y.name(), ": ", *why_not));
    return false;
  }
  const InsertBefore place(network, first_of(linears));
  ops::Split split{.axis = -1, .sizes = {}};
  std::vector<std::string> names;
  for (const LinearNode& linear : linears) {
    split.sizes.push_back(linear.y.shape().back().value());
    names.push_back(linear.y.name());
  }
  const Value y = add_linear(joined(linears));
  network.set_name(y, join(names, " | "));
  const std::vector<Value> parts = network.add(std::move(split), {&y, 1});
  for (size_t i = 0; i < parts.size(); ++i) substitute(linears[i].y, parts[i]);
  return true;
}

void run(Network& network, PassContext& context) {
  const int count =
      rewrite_nodes(network, [&](NodeId id) { return join_at(network, id, context); });
  note_count(context, count, "q/k/v projections joined");
}

}  // namespace

const Pass kJoinQkv{.name = "join_qkv",
                    .purpose = "one linear for the projections of an attention",
                    .guarantees = "q, k and v that fit together come from one linear",
                    .after = {"bind", "share_common"},
                    .run = run};

}  // namespace lathe::builder::passes
