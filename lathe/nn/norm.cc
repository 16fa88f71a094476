// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/norm.h"

#include "lathe/graph/functions.h"

namespace lathe::nn {

RmsNorm::RmsNorm(const Scope& scope, int64_t size, float eps)
    : weight_(scope.parameter("weight", {size})), eps_(eps) {}

Value RmsNorm::operator()(Value x) const { return graph::rms_norm(x, weight_, eps_); }

LayerNorm::LayerNorm(const Scope& scope, int64_t size, float eps)
    : weight_(scope.parameter("weight", {size})),
      bias_(scope.parameter("bias", {size})),
      eps_(eps) {}

Value LayerNorm::operator()(Value x) const { return graph::layer_norm(x, weight_, bias_, eps_); }

}  // namespace lathe::nn
