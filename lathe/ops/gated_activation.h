// SPDX-License-Identifier: Apache-2.0
// The gate of a gated MLP over one fused projection.
#pragma once

#include "lathe/ops/elementwise.h"

namespace lathe::ops {

// Activation of the first half times the second half, in f32.
struct GatedActivation {
  static constexpr OpInfo kInfo{
      .name = "gated_activation",
      .formula = "y = activation(x[..., :n]) * x[..., n:]",
      .rule = "x: floating [..., 2n] -> [..., n]",
      .source = "arXiv 2002.05202",
  };
  UnaryKind activation = UnaryKind::kSilu;
  bool operator==(const GatedActivation&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("activation", &GatedActivation::activation);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
