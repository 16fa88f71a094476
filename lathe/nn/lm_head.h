// SPDX-License-Identifier: Apache-2.0
// The head of a language model: logits of the rows that the step asks for.
#pragma once

#include "lathe/nn/embedding.h"
#include "lathe/nn/linear.h"

namespace lathe::nn {

class LmHead {
 public:
  LmHead(const Scope& scope, int64_t hidden, int64_t vocab);
  // Shares the weight of the token embedding.
  explicit LmHead(const Embedding& tied) : projection_(tied.weight(), DType::kF32) {}

  // [tokens, hidden] -> f32 [logit_rows, vocab], by the step input "logit_rows".
  Value operator()(Value x) const;

 private:
  Linear projection_;
};

}  // namespace lathe::nn
