// SPDX-License-Identifier: Apache-2.0
// Removes ops that nothing needs and parameters that nothing reads. Writes to states stay.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"

namespace lathe::builder::passes {

namespace {

void run(Network& network, PassContext& context) {
  const size_t before = network.nodes().size();
  remove_dead(network);
  note_count(context, static_cast<int>(before - network.nodes().size()), "dead ops removed");
}

}  // namespace

const Pass kRemoveDead{.name = "remove_dead",
                       .purpose = "remove what nothing needs",
                       .guarantees = "every op has a user, an output or a state to write",
                       .after = {},
                       .run = run};

}  // namespace lathe::builder::passes
