// SPDX-License-Identifier: Apache-2.0
// A root-mean-square normalisation and the linear layer that alone reads it.
#pragma once

#include "lathe/ops/linear.h"
#include "lathe/ops/norm.h"

namespace lathe::ops {

// What a fusion makes of the two for a GPU: few tokens are normalised by every block that streams
// the weight. REQUIRES: norm without residual and quantization, linear over floating x.
struct NormLinear {
  static constexpr OpInfo kInfo{
      .name = "norm_linear",
      .formula = "y = linear(rms_norm(x))",
      .rule =
          "x floating [..., k], norm weight [k], then what linear takes behind x -> what linear "
          "gives",
      .source = "arXiv 1910.07467",
  };
  RmsNorm norm;
  Linear linear;
  bool operator==(const NormLinear&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("norm", &NormLinear::norm);
    v("linear", &NormLinear::linear);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
