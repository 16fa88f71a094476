// SPDX-License-Identifier: Apache-2.0
// Matrix products.
#pragma once

#include "lathe/ops/op.h"

namespace lathe::ops {

// Batched matrix product, f32 accumulation with ascending k (i32 for i8).
struct MatMul {
  static constexpr OpInfo kInfo{
      .name = "matmul",
      .formula = "y[..., m, n] = sum over k of a[..., m, k] * b[..., k, n]",
      .rule =
          "a [..., m, k], b [..., k, n] (transpose_b: [..., n, k]): equal dtypes, leading axes "
          "broadcast -> [..., m, n] of that dtype; i8 gives i32",
      .source = "",
  };
  bool transpose_b = false;
  bool operator==(const MatMul&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("transpose_b", &MatMul::transpose_b);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
