// SPDX-License-Identifier: Apache-2.0
// Gives every value a name that is unique and says where it comes from: what a linear with the
// weight "a.b.weight" makes is "a.b", other values are counted by op. Plans, taps and `diff` speak
// of source values by these names, so they are the same in every build.
#include <map>
#include <set>

#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/linear.h"

namespace lathe::builder::passes {

namespace {

constexpr std::string_view kWeightSuffix = ".weight";

// "a.b" of an op over the parameter "a.b.weight"; empty where there is none.
std::string name_of_weight(const Network& network, const Node& node) {
  for (const Value input : operands(network, node)) {
    if (!network.is_parameter(input) || !input.name().ends_with(kWeightSuffix)) continue;
    return input.name().substr(0, input.name().size() - kWeightSuffix.size());
  }
  return {};
}

class Namer {
 public:
  // Of all ops: a name behind must not be made up for a value before it.
  explicit Namer(const Network& network) {
    for (const NodeId id : network.nodes()) {
      for (const graph::ValueId output : network.node(id).outputs) {
        taken_.insert(network.value_name(output));
      }
    }
  }
  void name(Network& network, NodeId id) {
    const Node& node = network.node(id);
    const std::string base = name_of_weight(network, node);
    for (const graph::ValueId output : node.outputs) {
      const Value value = network.value(output);
      if (value.name().empty()) network.set_name(value, unique(base, node.op.name()));
    }
  }

 private:
  std::string unique(const std::string& base, std::string_view op) {
    if (!base.empty() && taken_.insert(base).second) return base;
    for (;;) {
      std::string name = cat(base.empty() ? op : base, ".", count_[std::string(op)]++);
      if (taken_.insert(name).second) return name;
    }
  }

  std::set<std::string, std::less<>> taken_;
  std::map<std::string, int, std::less<>> count_;
};

void run(Network& network, PassContext&) {
  Namer namer(network);
  for (const NodeId id : network.nodes()) namer.name(network, id);
}

}  // namespace

const Pass kNameValues{.name = "name_values",
                       .purpose = "name every value after its weight or its op",
                       .guarantees = "values have unique names, the same in every build",
                       .after = {"bind", "fold_weights", "quantize_inputs"},
                       .run = run};

}  // namespace lathe::builder::passes
