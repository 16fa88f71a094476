// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/linear.h"

#include "lathe/ops/linear.h"

namespace lathe::nn {

namespace {

// A bias lies along the weight's rows; where columns are cut, every rank's sum needs it once, so it
// stays whole and the sharding pass adds it on one rank.
ops::ShardingSpec bias_sharding(const ops::ShardingSpec& weight) {
  return weight.axis == ops::ShardAxis::kRows ? weight : ops::ShardingSpec{};
}

}  // namespace

Linear::Linear(const Scope& scope, const LinearOptions& options)
    : weight_(scope.parameter("weight", {options.out, options.in}, options.sharding)),
      output_(options.output) {
  if (options.bias) {
    bias_ = scope.parameter("bias", {options.out}, bias_sharding(options.sharding));
  }
}

Value Linear::operator()(Value x) const {
  ops::Linear op;
  op.format.code_dtype = weight_.dtype();
  op.bias = bias_.valid();
  op.dtype = output_;
  if (!op.bias) return x.network().add_one(std::move(op), {x, weight_});
  return x.network().add_one(std::move(op), {x, weight_, bias_});
}

}  // namespace lathe::nn
