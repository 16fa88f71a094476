// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/embedding.h"

#include "lathe/graph/functions.h"

namespace lathe::nn {

Embedding::Embedding(const Scope& scope, int64_t rows, int64_t width, ops::ShardingSpec sharding)
    : weight_(scope.parameter("weight", {rows, width}, std::move(sharding))) {}

Value Embedding::operator()(Value ids) const { return graph::embedding(ids, weight_); }

}  // namespace lathe::nn
