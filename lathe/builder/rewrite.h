// SPDX-License-Identifier: Apache-2.0
// What passes share: walking a network that changes underway, replacing values, asking who uses
// what.
#pragma once

#include <functional>

#include "lathe/builder/pass.h"

namespace lathe::builder {

// Calls `rewrite` with every node that is still there, in running order, and removes what nobody
// uses any more. Nodes that `rewrite` adds are not visited. Gives how many calls said true.
int rewrite_nodes(Network& network, const std::function<bool(NodeId)>& rewrite);

// The same from the last node to the first: the largest expression is seen before its parts.
int rewrite_nodes_backwards(Network& network, const std::function<bool(NodeId)>& rewrite);

// Users and outputs of `from` take `to`, which stands for the same value of the source network: it
// takes the name over.
void substitute(Value from, Value to);

// Removes nodes without users, writes to states excepted, and parameters without users.
void remove_dead(Network& network);

// The node that makes the value and its attributes as a T; null where it is none.
template <ops::OpType T>
const T* made_by(Value value) {
  const std::optional<NodeId> producer = value.network().producer(value);
  return producer ? value.network().node(*producer).op.as<T>() : nullptr;
}

// The node that makes the value. REQUIRES: there is one.
const Node& maker(Value value);
NodeId maker_id(Value value);

// Whether exactly one operand of one node is this value, and no output.
bool used_once(Value value);

std::vector<Value> operands(const Network& network, const Node& node);

// While it lives, ops are added before `node`.
class InsertBefore {
 public:
  InsertBefore(Network& network, NodeId node) : network_(network) { network.insert_before(node); }
  ~InsertBefore() { network_.insert_before(std::nullopt); }
  InsertBefore(const InsertBefore&) = delete;
  InsertBefore& operator=(const InsertBefore&) = delete;

 private:
  Network& network_;
};

// "61 rms_norm" and the like, where the pass did anything.
void note_count(PassContext& context, int count, std::string_view what);

}  // namespace lathe::builder
