// SPDX-License-Identifier: Apache-2.0
// A linear op taken apart into what it reads, and put together again: what fusions around linears
// share.
#pragma once

#include "lathe/builder/pass.h"
#include "lathe/ops/linear.h"

namespace lathe::builder {

struct LinearNode {
  ops::Linear op;
  std::vector<Value> x;       // one, or codes and scales
  std::vector<Value> weight;  // as many as the format has tensors
  Value bias;                 // invalid where there is none
  Value residual;             // invalid where there is none
  Value y;
};

// The linear that makes the value; empty where none does.
std::optional<LinearNode> linear_behind(Value y);

// Adds the linear that `parts` describes (its y and the op's bias and residual are not looked at).
Value add_linear(const LinearNode& parts);

// Whether one linear can compute all of them: equal operands and attributes, nothing fused behind
// them, weights of one format that nobody else reads. Says why not.
std::optional<std::string> why_not_joined(std::span<const LinearNode> linears);

// That linear, with the weights (and biases) one below the other. REQUIRES: why_not_joined is
// empty.
LinearNode joined(std::span<const LinearNode> linears);

// The first of the linears in running order.
NodeId first_of(std::span<const LinearNode> linears);

}  // namespace lathe::builder
