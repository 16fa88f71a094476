// SPDX-License-Identifier: Apache-2.0
// The linear layer: x times a transposed weight, with everything that is fused into it.
#pragma once

#include "lathe/ops/elementwise.h"
#include "lathe/ops/weight_format.h"

namespace lathe::ops {

// The linear layer with what is folded into it. `format` says in how many tensors the weight comes
// (ops/weight_format.h).
//
// Quantized x (`input_block` > 0): codes i8 [..., k] and scales f32 [..., k / input_block], as the
// quantize op makes them. For every block of input_block columns, in ascending order, the products
// of codes are summed exactly in integers, then scaled and added in f32:
//   y += x_scale * (w_scale * sum(x_code * (w_code - code_offset)) + w_minimum * sum(x_code))
struct Linear {
  static constexpr OpInfo kInfo{
      .name = "linear",
      .formula =
          "h = activation(x * dequantize(W)^T + bias), gated: activation(first half) * second "
          "half; y = h + residual; f32 accumulation with ascending k",
      .rule =
          "x floating [..., k] (or codes i8 [..., k], scales f32 [..., k / input_block]); weight "
          "[n, k] (plain) or codes, scales and, where the format has them, minimums; bias [n]; "
          "residual [..., m] -> [..., m] of dtype, or of the dtype of x; m is n, gated n / 2",
      .source = "gated: arXiv 2002.05202",
  };
  WeightFormatDesc format;  // plain unless a fold pass put a dequantize in
  int64_t input_block = 0;  // 0: x is floating; else block_cols of the weight's format
  bool bias = false;
  std::optional<UnaryKind> activation = std::nullopt;
  bool gated = false;  // REQUIRES: activation; weight rows are [gate; up]
  bool residual = false;
  std::optional<DType> dtype = std::nullopt;  // of y; empty: of x. REQUIRED where x is quantized
  bool operator==(const Linear&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("format", &Linear::format);
    v("input_block", &Linear::input_block);
    v("bias", &Linear::bias);
    v("activation", &Linear::activation);
    v("gated", &Linear::gated);
    v("residual", &Linear::residual);
    v("dtype", &Linear::dtype);
  }
  // How many of the operands x is: 1, or 2 where it is quantized. The weight stands behind it.
  size_t num_input_tensors() const { return input_block > 0 ? 2 : 1; }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
