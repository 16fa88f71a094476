// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/rotary_embedding.h"

#include "lathe/graph/functions.h"

namespace lathe::nn {

graph::Value RotaryEmbedding::operator()(graph::Value x) const {
  graph::Network& network = x.network();
  const graph::Value positions = graph::step_input(network, "positions");
  if (!ops::needs_lengths(options_.scaling)) return graph::rope(x, positions, options_);
  return graph::rope(x, positions, options_, graph::step_input(network, "lengths"));
}

}  // namespace lathe::nn
