// SPDX-License-Identifier: Apache-2.0
// Normalisations over the last axis. Statistics and products are in f32; one rounding at the end.
#pragma once

#include "lathe/ops/op.h"

namespace lathe::ops {

// Root-mean-square normalisation, with what a fusion puts around it: the residual sum before it,
// the quantization (as the quantize op) behind it.
struct RmsNorm {
  static constexpr OpInfo kInfo{
      .name = "rms_norm",
      .formula =
          "s = x, or x + residual rounded to the dtype of x; y = s / sqrt(mean(s^2) + eps) * w, "
          "or quantize(y)",
      .rule =
          "x: floating [..., n], residual of the same type where asked for, w [n] of any floating "
          "dtype -> s where there is a residual; y of the type of x, or codes i8 [..., n], scales "
          "f32 [..., n / quantize_block]",
      .source = "arXiv 1910.07467",
  };
  float eps = 1e-5f;
  bool residual = false;       // operands x, residual, w; results s, y
  int64_t quantize_block = 0;  // 0: y is floating; else y is codes and scales
  bool operator==(const RmsNorm&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("eps", &RmsNorm::eps);
    v("residual", &RmsNorm::residual);
    v("quantize_block", &RmsNorm::quantize_block);
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
