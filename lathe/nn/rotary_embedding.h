// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding of a language model's queries and keys. It has no parameters.
#pragma once

#include "lathe/graph/value.h"
#include "lathe/ops/rope.h"

namespace lathe::nn {

class RotaryEmbedding {
 public:
  explicit RotaryEmbedding(ops::Rope options) : options_(std::move(options)) {}

  // x: [tokens, heads, head_dim]. Positions (and lengths, where the scaling goes by them) are the
  // network's step inputs.
  graph::Value operator()(graph::Value x) const;

 private:
  ops::Rope options_;
};

}  // namespace lathe::nn
