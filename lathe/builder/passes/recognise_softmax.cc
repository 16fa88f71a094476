// SPDX-License-Identifier: Apache-2.0
// Finds softmax over the last axis that is written in primitives, with or without the subtraction
// of the maximum.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/graph/pattern.h"

namespace lathe::builder::passes {

namespace {

using graph::pattern::any;
using graph::pattern::max_of_last;
using graph::pattern::named;
using graph::pattern::one_of;
using graph::pattern::Pattern;
using graph::pattern::quotient;
using graph::pattern::sum_of_last;

Pattern softmax() {
  const Pattern x = any("x");
  const auto exp = [](const Pattern& of) {
    return graph::pattern::unary(ops::UnaryKind::kExp, of);
  };
  const Pattern weights = named("weights", one_of({exp(x - max_of_last(x)), exp(x)}));
  return quotient(weights, sum_of_last(any("weights")));
}

void run(Network& network, PassContext& context) {
  const Pattern pattern = softmax();
  const int count = rewrite_nodes(network, [&](NodeId id) {
    if (!network.node(id).op.is<ops::Binary>()) return false;
    const Value root = network.value(network.node(id).outputs[0]);
    const auto found = pattern.match(root);
    if (!found || (*found)["x"].type() != root.type()) return false;
    const InsertBefore place(network, id);
    substitute(root, network.add_one(ops::Softmax{.axis = -1}, {(*found)["x"]}));
    return true;
  });
  note_count(context, count, "softmax recognised");
}

}  // namespace

const Pass kRecogniseSoftmax{.name = "recognise_softmax",
                             .purpose = "find softmax written in primitives",
                             .guarantees = "softmax over the last axis is an op of its own",
                             .after = {"fold_constants", "share_common"},
                             .run = run};

}  // namespace lathe::builder::passes
