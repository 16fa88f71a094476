// SPDX-License-Identifier: Apache-2.0
// Token embedding.
#pragma once

#include "lathe/ops/op.h"
#include "lathe/ops/weight_format.h"

namespace lathe::ops {

// Rows of a table. An id outside the table is an error of the step.
struct Embedding {
  static constexpr OpInfo kInfo{
      .name = "embedding",
      .formula = "y[t] = dequantize(table)[ids[t]]",
      .rule =
          "ids: i32 [tokens]; table [vocab, hidden] (plain) or codes, scales, minimums -> dtype "
          "[tokens, hidden]",
      .source = "",
  };
  WeightFormatDesc format;
  DType dtype = DType::kF32;
  bool operator==(const Embedding&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("format", &Embedding::format);
    v("dtype", &Embedding::dtype);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
