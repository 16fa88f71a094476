// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/lm_head.h"

#include "lathe/graph/functions.h"

namespace lathe::nn {

LmHead::LmHead(const Scope& scope, int64_t hidden, int64_t vocab)
    : projection_(scope, {.in = hidden,
                          .out = vocab,
                          .sharding = {.axis = ops::ShardAxis::kRows},
                          .output = DType::kF32}) {}

Value LmHead::operator()(Value x) const {
  return projection_(graph::gather(x, graph::step_input(x.network(), "logit_rows")));
}

}  // namespace lathe::nn
