// SPDX-License-Identifier: Apache-2.0
// On a GPU, the rotation of queries and keys with the cache's write, and the attention that reads
// both, become one op: a generation step launches one kernel for all of it.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/builder/target_support.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::builder::passes {

namespace {

// Operands of the fused op: cache, qkv, positions, cu_q_lengths, kv_lengths, block_tables, lengths.
// Empty where write and attention belong to different steps.
std::optional<std::vector<Value>> joined_operands(const std::vector<Value>& write,
                                                  const std::vector<Value>& attention) {
  const Value cu_q_lengths = write[3], block_tables = write[4];
  if (attention[2] != cu_q_lengths || attention[4] != block_tables) return std::nullopt;
  std::vector<Value> out = {write[0], write[1], write[2], cu_q_lengths, attention[3], block_tables};
  out.insert(out.end(), write.begin() + 5, write.end());
  return out;
}

bool fuse(Network& network, NodeId id, PassContext& context) {
  const Node attention = network.node(id);
  const auto* options = attention.op.as<ops::PagedAttention>();
  const Value q = network.value(attention.inputs[0]);
  if (options == nullptr || made_by<ops::RopeKvWrite>(q) == nullptr || !used_once(q)) return false;
  const Node write = maker(q);
  const Value cache = network.value(write.outputs[1]);
  if (attention.inputs[1] != cache.id() || !used_once(cache)) return false;
  const auto inputs = joined_operands(operands(network, write), operands(network, attention));
  if (!inputs) return false;
  const ops::Op fused = ops::RopePagedAttention{*made_by<ops::RopeKvWrite>(q), options->options};
  const Value y = network.value(attention.outputs[0]);
  if (const auto why_not = why_not_fast(context, fused, *inputs)) {
    context.notes.push_back(cat(y.name(), " not fused: ", *why_not));
    return false;
  }
  const InsertBefore place(network, id);
  const std::vector<Value> results = network.add(fused, *inputs);
  const NodeId old_write = maker_id(q);
  substitute(y, results[0]);
  network.remove(id);
  network.remove(old_write);
  return true;
}

void run(Network& network, PassContext& context) {
  if (!context.on_gpu()) return;
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id, context); });
  note_count(context, count, "cache writes fused into attentions");
}

}  // namespace

const Pass kFuseRopeAttention{.name = "fuse_rope_attention",
                              .purpose = "rotation, cache write and attention in one op, on a GPU",
                              .guarantees =
                                  "no attention stands behind a rotation and write of its "
                                  "own that a kernel joins with it",
                              .after = {"fuse_rope_kv_write", "half_activations"},
                              .run = run};

}  // namespace lathe::builder::passes
