// SPDX-License-Identifier: Apache-2.0
// Normalisations over the last axis. Statistics and products are in f32; one rounding at the end.
#pragma once

#include "lathe/ops/op.h"

namespace lathe::ops {

// Root-mean-square normalisation.
struct RmsNorm {
  static constexpr OpInfo kInfo{
      .name = "rms_norm",
      .formula = "y = x / sqrt(mean(x^2) + eps) * w",
      .rule = "x: floating [..., n], w [n] of any floating dtype -> the type of x",
      .source = "arXiv 1910.07467",
  };
  float eps = 1e-5f;
  bool operator==(const RmsNorm&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("eps", &RmsNorm::eps);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Layer normalisation.
struct LayerNorm {
  static constexpr OpInfo kInfo{
      .name = "layer_norm",
      .formula = "y = (x - mean x) / sqrt(var x + eps) * w + b",
      .rule = "x: floating [..., n], w [n], b [n] or none -> the type of x",
      .source = "arXiv 1607.06450",
  };
  float eps = 1e-5f;
  bool operator==(const LayerNorm&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("eps", &LayerNorm::eps);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
