// SPDX-License-Identifier: Apache-2.0
// Quantize and dequantize nodes: every quantization method is made of these two.
#pragma once

#include "lathe/ops/op.h"
#include "lathe/ops/weight_format.h"

namespace lathe::ops {

// A weight in floating values again, exactly as ops/weight_format.h defines the format.
struct Dequantize {
  static constexpr OpInfo kInfo{
      .name = "dequantize",
      .formula = "w = codes * scale + minimum, a block at a time",
      .rule =
          "codes [n, k], scales [n, k / block] and, where the format has them, minimums -> dtype "
          "[n, k]",
      .source = "",
  };
  WeightFormatDesc format;
  DType dtype = DType::kF32;
  bool operator==(const Dequantize&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("format", &Dequantize::format);
    v("dtype", &Dequantize::dtype);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Symmetric 8-bit codes with a scale a block of the last axis; codes round to nearest even.
struct Quantize {
  static constexpr OpInfo kInfo{
      .name = "quantize",
      .formula = "scale = max |x| / 127 over the block, code = round(x / scale)",
      .rule =
          "x: floating [..., k], block divides k -> codes i8 [..., k], scales f32 [..., k / block]",
      .source = "",
  };
  int64_t block = 32;
  bool operator==(const Quantize&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("block", &Quantize::block);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
