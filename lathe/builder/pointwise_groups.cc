// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/pointwise_groups.h"

#include <algorithm>
#include <map>
#include <set>

#include "lathe/ops/layout.h"
#include "lathe/ops/pointwise_group.h"

namespace lathe::builder {

namespace {

using graph::Network;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

bool reads(const Network& network, const Node& node, DType dtype) {
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [&](ValueId input) { return network.type(input).dtype == dtype; });
}

bool can_join(const Network& network, const Node& node) {
  return ops::is_pointwise(node.op) && !node.op.is<ops::Constant>() &&
         !reads(network, node, DType::kU4);
}

// The network as units: a group of nodes, or a node by itself. Nodes are known by their places in
// the running order, units by their first node's.
class Units {
 public:
  explicit Units(const Network& network)
      : network_(network), nodes_(network.nodes()), units_(nodes_.size()), unit_of_(nodes_.size()) {
    std::map<NodeId, size_t> place_of;
    std::optional<size_t> last_with_state;
    for (size_t place = 0; place < nodes_.size(); ++place) {
      const Node& node = network.node(nodes_[place]);
      place_of[nodes_[place]] = place;
      unit_of_[place] = place;
      units_[place] = {
          .members = {place}, .is_group = can_join(network, node), .before = {}, .after = {}};
      for (const ValueId input : node.inputs) {
        const std::optional<NodeId> producer = network.producer(network.value(input));
        if (producer) add_wait(place, place_of.at(*producer));
      }
      // Ops on states stay in their order, whatever they read.
      if (!reads(network, node, DType::kState)) continue;
      if (last_with_state) add_wait(place, *last_with_state);
      last_with_state = place;
    }
  }

  void join() {
    for (size_t place = 0; place < nodes_.size(); ++place) {
      while (join_with_one_before(unit_of_[place])) {
      }
    }
  }

  PointwiseGroups result() {
    PointwiseGroups out;
    for (const Unit& unit : units_) {
      if (!unit.is_group || unit.members.empty()) continue;
      std::vector<NodeId>& group = out.groups.emplace_back();
      for (const size_t member : unit.members) group.push_back(nodes_[member]);
    }
    std::vector<bool> placed(nodes_.size(), false);
    for (const size_t unit : unit_of_) place_behind_waits(unit, placed, out.order);
    return out;
  }

 private:
  struct Unit {
    std::vector<size_t> members;  // ascending; empty once it is part of another
    bool is_group = false;
    std::set<size_t> before;  // places of nodes that it waits for, its own among them
    std::set<size_t> after;   // places of nodes that wait for it
  };

  void add_wait(size_t place, size_t earlier) {
    units_[place].before.insert(earlier);
    units_[earlier].after.insert(place);
  }

  // Joins a group with one that it reads, if there is any that it can be joined with.
  bool join_with_one_before(size_t unit) {
    if (!units_[unit].is_group) return false;
    for (const size_t place : units_[unit].before) {
      const size_t earlier = unit_of_[place];
      if (earlier == unit || !units_[earlier].is_group) continue;
      if (!fits(units_[earlier], units_[unit]) || waits_indirectly(unit, earlier)) continue;
      merge(units_[earlier], units_[unit]);
      return true;
    }
    return false;
  }

  void merge(Unit& to, Unit& from) {
    for (const size_t member : from.members) unit_of_[member] = unit_of_[to.members.front()];
    to.members.insert(to.members.end(), from.members.begin(), from.members.end());
    std::sort(to.members.begin(), to.members.end());
    to.before.merge(from.before);
    to.after.merge(from.after);
    from = {};
  }

  // What is read from outside becomes an input or, a constant, a step.
  bool fits(const Unit& a, const Unit& b) const {
    std::set<ValueId> read;
    std::set<ValueId> made;
    for (const Unit* unit : {&a, &b}) {
      for (const size_t member : unit->members) {
        const Node& node = network_.node(nodes_[member]);
        read.insert(node.inputs.begin(), node.inputs.end());
        made.insert(node.outputs.begin(), node.outputs.end());
      }
    }
    const auto outside = std::count_if(read.begin(), read.end(),
                                       [&](ValueId value) { return !made.contains(value); });
    return made.size() + static_cast<size_t>(outside) <= ops::PointwiseGroup::kMost;
  }

  // Whether `unit` waits for something that itself waits for `earlier`.
  bool waits_indirectly(size_t unit, size_t earlier) const {
    std::set<size_t> seen = {earlier};
    std::vector<size_t> open;
    for (const size_t place : units_[earlier].after) {
      const size_t user = unit_of_[place];
      if (user != unit && seen.insert(user).second) open.push_back(user);
    }
    while (!open.empty()) {
      const size_t next = open.back();
      open.pop_back();
      for (const size_t place : units_[next].after) {
        const size_t user = unit_of_[place];
        if (user == unit) return true;
        if (seen.insert(user).second) open.push_back(user);
      }
    }
    return false;
  }

  void place_behind_waits(size_t unit, std::vector<bool>& placed, std::vector<NodeId>& order) {
    if (placed[unit]) return;
    placed[unit] = true;
    for (const size_t place : units_[unit].before) {
      place_behind_waits(unit_of_[place], placed, order);
    }
    for (const size_t member : units_[unit].members) order.push_back(nodes_[member]);
  }

  const Network& network_;
  std::vector<NodeId> nodes_;
  std::vector<Unit> units_;
  std::vector<size_t> unit_of_;
};

}  // namespace

PointwiseGroups find_pointwise_groups(const Network& network) {
  Units units(network);
  units.join();
  return units.result();
}

}  // namespace lathe::builder
