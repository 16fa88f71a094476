// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding.
#pragma once

#include "lathe/ops/op.h"
#include "lathe/ops/rope_scaling.h"

namespace lathe::ops {

// Do not reorder: names are stored in engines.
enum class RopeStyle : uint8_t {
  kHalf,
  kInterleaved,
};
std::span<const RopeStyle> enum_values(RopeStyle);
std::string_view to_string(RopeStyle value);

// Rotates the first `rotary_dims` of each head. kHalf pairs i with i + rotary_dims/2, kInterleaved
// 2i with 2i + 1. Angles in f64, rotation in f32.
struct Rope {
  static constexpr OpInfo kInfo{
      .name = "rope",
      .formula = "(a, b) -> (a cos - b sin, b cos + a sin), angle = position * frequency(i)",
      .rule =
          "x: floating [tokens, heads, head_dim], positions: i32 [tokens], for dynamic and "
          "longrope scaling lengths: i32 [tokens] (known tokens of the sequence) -> the type of x",
      .source = "arXiv 2104.09864",
  };
  int64_t rotary_dims = 0;
  double theta = 10000;
  RopeStyle style = RopeStyle::kHalf;
  RopeScaling scaling = {};
  bool operator==(const Rope&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("rotary_dims", &Rope::rotary_dims);
    v("theta", &Rope::theta);
    v("style", &Rope::style);
    v("scaling", &Rope::scaling);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
