// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/mlp.h"

#include "lathe/graph/functions.h"

namespace lathe::nn {

namespace {

LinearOptions widening(const MlpOptions& options) {
  return {.in = options.hidden,
          .out = options.ffn,
          .bias = options.bias,
          .sharding = {.axis = ops::ShardAxis::kRows}};
}

LinearOptions widening_twice(const MlpOptions& options) {
  LinearOptions both = widening(options);
  both.out = 2 * options.ffn;
  both.sharding.parts = {options.ffn, options.ffn};
  return both;
}

LinearOptions narrowing(const MlpOptions& options) {
  return {.in = options.ffn,
          .out = options.hidden,
          .bias = options.bias,
          .sharding = {.axis = ops::ShardAxis::kCols}};
}

}  // namespace

GatedMlp::GatedMlp(const Scope& scope, const MlpOptions& options)
    : gate_proj_(scope / "gate_proj", widening(options)),
      up_proj_(scope / "up_proj", widening(options)),
      down_proj_(scope / "down_proj", narrowing(options)),
      activation_(options.activation) {}

Value GatedMlp::operator()(Value x) const {
  const Value gate = graph::unary(activation_, gate_proj_(x));
  return down_proj_(gate * up_proj_(x));
}

FusedGatedMlp::FusedGatedMlp(const Scope& scope, const MlpOptions& options)
    : gate_up_proj_(scope / "gate_up_proj", widening_twice(options)),
      down_proj_(scope / "down_proj", narrowing(options)),
      activation_(options.activation) {}

Value FusedGatedMlp::operator()(Value x) const {
  return down_proj_(graph::gated_activation(gate_up_proj_(x), activation_));
}

Mlp::Mlp(const Scope& scope, const MlpNames& names, const MlpOptions& options)
    : up_(scope / names.up, widening(options)),
      down_(scope / names.down, narrowing(options)),
      activation_(options.activation) {}

Value Mlp::operator()(Value x) const { return down_(graph::unary(activation_, up_(x))); }

}  // namespace lathe::nn
