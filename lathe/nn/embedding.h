// SPDX-License-Identifier: Apache-2.0
// A table of vectors, one an id: token embeddings, learned positions.
#pragma once

#include "lathe/nn/scope.h"

namespace lathe::nn {

// Parameter: weight [rows, width].
class Embedding {
 public:
  Embedding(const Scope& scope, int64_t rows, int64_t width, ops::ShardingSpec sharding = {});

  Value operator()(Value ids) const;  // i32 [tokens] -> [tokens, width]
  Value weight() const { return weight_; }

 private:
  Value weight_;
};

}  // namespace lathe::nn
