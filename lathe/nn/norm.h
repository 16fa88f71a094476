// SPDX-License-Identifier: Apache-2.0
// Normalisations over the last axis with their weights.
#pragma once

#include "lathe/nn/scope.h"

namespace lathe::nn {

// Parameter: weight [size].
class RmsNorm {
 public:
  RmsNorm(const Scope& scope, int64_t size, float eps);
  Value operator()(Value x) const;

 private:
  Value weight_;
  float eps_;
};

// Parameters: weight and bias [size].
class LayerNorm {
 public:
  LayerNorm(const Scope& scope, int64_t size, float eps);
  Value operator()(Value x) const;

 private:
  Value weight_;
  Value bias_;
  float eps_;
};

}  // namespace lathe::nn
