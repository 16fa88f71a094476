// SPDX-License-Identifier: Apache-2.0
// The linear layer: x times a transposed weight, with everything that is fused into it.
#pragma once

#include "lathe/ops/elementwise.h"
#include "lathe/ops/weight_format.h"

namespace lathe::ops {

// What follows the product, in this order: bias, activation, residual.
// The linear layer. `format` says in how many tensors the weight comes (ops/weight_format.h).
struct Linear {
  static constexpr OpInfo kInfo{
      .name = "linear",
      .formula =
          "y = activation(x * dequantize(W)^T + bias) + residual; f32 accumulation with ascending "
          "k",
      .rule =
          "x [..., k], weight [n, k] (plain) or codes, scales and, where the format has them, "
          "minimums; bias [n]; residual [..., n] -> [..., n] of the dtype of x",
      .source = "",
  };
  WeightFormatDesc format;  // plain unless a fold pass put a dequantize in
  bool bias = false;
  std::optional<UnaryKind> activation;
  bool residual = false;
  bool operator==(const Linear&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("format", &Linear::format);
    v("bias", &Linear::bias);
    v("activation", &Linear::activation);
    v("residual", &Linear::residual);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
