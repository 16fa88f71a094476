// SPDX-License-Identifier: Apache-2.0
// A linear layer with its weight and, where asked for, its bias.
#pragma once

#include <optional>

#include "lathe/nn/scope.h"

namespace lathe::nn {

struct LinearOptions {
  int64_t in = 0;
  int64_t out = 0;
  bool bias = false;
  ops::ShardingSpec sharding = {};             // of the weight; a bias follows its rows
  std::optional<DType> output = std::nullopt;  // dtype of y; empty: of x
};

// y = x W^T + b. Parameters: weight [out, in], bias [out].
class Linear {
 public:
  Linear(const Scope& scope, const LinearOptions& options);
  // Over a weight [out, in] that another module owns, such as a tied embedding.
  explicit Linear(Value weight, std::optional<DType> output = std::nullopt)
      : weight_(weight), output_(output) {}

  Value operator()(Value x) const;  // [..., in] -> [..., out]
  Value weight() const { return weight_; }

 private:
  Value weight_;
  Value bias_;  // invalid where there is none
  std::optional<DType> output_;
};

}  // namespace lathe::nn
