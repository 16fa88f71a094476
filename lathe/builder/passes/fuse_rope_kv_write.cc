// SPDX-License-Identifier: Apache-2.0
// The split of a joined q/k/v projection, the rotation of q and k, and the write of k and v into
// the cache become one op.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/rope_kv_write.h"

namespace lathe::builder::passes {

namespace {

// Piece `index` of a split of rows [q, k, v], seen through a reshape into heads.
std::optional<Value> split_behind(Value heads, int index) {
  const Network& network = heads.network();
  if (made_by<ops::Reshape>(heads) == nullptr) return std::nullopt;
  const Value piece = operands(network, maker(heads))[0];
  const auto* split = made_by<ops::Split>(piece);
  if (split == nullptr || split->sizes.size() != 3 || network.output_index(piece) != index) {
    return std::nullopt;
  }
  return operands(network, maker(piece))[0];
}

// A rotation: rope(x, positions), or with lengths.
struct Rotation {
  ops::Rope op;
  Value x;
  std::vector<Value> rest;
  bool operator==(const Rotation&) const = default;
};

std::optional<Rotation> rotation_behind(Value value) {
  const auto* rope = made_by<ops::Rope>(value);
  if (rope == nullptr || !used_once(value)) return std::nullopt;
  const std::vector<Value> inputs = operands(value.network(), maker(value));
  return Rotation{*rope, inputs[0], {inputs.begin() + 1, inputs.end()}};
}

// The attention that reads what the write has made; invalid where it is not one alone.
std::optional<NodeId> reader_of(const Network& network, Value written) {
  const std::vector<NodeId> users = network.users(written);
  if (users.size() != 1 || !network.node(users[0]).op.is<ops::PagedAttention>()) {
    return std::nullopt;
  }
  return users[0];
}

struct Found {
  Value qkv, q;
  Rotation rotation;
};

std::optional<Found> match(const Network& network, const Node& write) {
  const std::vector<Value> inputs = operands(network, write);
  const std::optional<NodeId> reader = reader_of(network, network.value(write.outputs[0]));
  if (!reader) return std::nullopt;
  const Value q = network.value(network.node(*reader).inputs[0]);
  const std::optional<Rotation> of_q = rotation_behind(q), of_k = rotation_behind(inputs[1]);
  if (!of_q || !of_k || of_q->op != of_k->op || of_q->rest != of_k->rest) return std::nullopt;
  const std::optional<Value> from[] = {split_behind(of_q->x, 0), split_behind(of_k->x, 1),
                                       split_behind(inputs[2], 2)};
  if (!from[0] || from[0] != from[1] || from[0] != from[2]) return std::nullopt;
  const bool positions_agree = of_q->rest[0] == inputs[3];
  if (!positions_agree || from[0]->shape().rank() != 2) return std::nullopt;
  return Found{*from[0], q, *of_q};
}

bool fuse(Network& network, NodeId id) {
  const Node write = network.node(id);
  if (!write.op.is<ops::KvWrite>()) return false;
  const std::optional<Found> found = match(network, write);
  if (!found) return false;
  const std::vector<Value> old = operands(network, write);
  std::vector<Value> inputs = {old[0], found->qkv, old[3], old[4], old[5]};
  inputs.insert(inputs.end(), found->rotation.rest.begin() + 1, found->rotation.rest.end());
  const InsertBefore place(network, id);
  const std::vector<Value> results = network.add(
      ops::RopeKvWrite{.rope = found->rotation.op, .heads = found->q.dim(1).value()}, inputs);
  substitute(found->q, results[0]);
  substitute(network.value(write.outputs[0]), results[1]);
  network.remove(id);
  return true;
}

void run(Network& network, PassContext& context) {
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id); });
  note_count(context, count, "rotations and cache writes fused");
}

}  // namespace

const Pass kFuseRopeKvWrite{.name = "fuse_rope_kv_write",
                            .purpose = "split, rotation and cache write in one op",
                            .guarantees = "joined projections are rotated and written by one op",
                            .after = {"join_qkv"},
                            .run = run};

}  // namespace lathe::builder::passes
