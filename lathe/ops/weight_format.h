// SPDX-License-Identifier: Apache-2.0
// How a weight matrix [rows, cols] is coded, and a weight in the one form that every packing starts
// from. Both sides share it: `quant` yields canonical tensors, kernels pack them.
#pragma once

#include <string>

#include "lathe/base/fields.h"
#include "lathe/core/tensor.h"

namespace lathe::ops {

// A block is `block_cols` consecutive elements of one row; `cols` is a multiple of it.
//   value = (code - code_offset) * scale + minimum      in f32, multiplied first, then added
// "plain" has no codes: values of `code_dtype` (f32, f16 or bf16) as they are.
struct WeightFormatDesc {
  std::string name = "plain";      // "plain", "q8_0", "q4_0", "q4_1", …
  DType code_dtype = DType::kF32;  // i8, u4 (low nibble first along the row); of plain: the values'
  DType scale_dtype = DType::kF16;
  int64_t block_cols = 1;
  int code_offset = 0;
  bool has_minimums = false;
  bool operator==(const WeightFormatDesc&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &WeightFormatDesc::name);
    v("code_dtype", &WeightFormatDesc::code_dtype);
    v("scale_dtype", &WeightFormatDesc::scale_dtype);
    v("block_cols", &WeightFormatDesc::block_cols);
    v("code_offset", &WeightFormatDesc::code_offset);
    v("has_minimums", &WeightFormatDesc::has_minimums);
  }

  bool is_plain() const { return name == "plain"; }
  // Tensors that the weight comes in: 1 for plain, else codes, scales and perhaps minimums.
  int num_tensors() const { return is_plain() ? 1 : has_minimums ? 3 : 2; }
  // Bytes of rows x cols, all tensors together.
  int64_t num_bytes(int64_t rows, int64_t cols) const;
};

// Rows of a weight. All tensors are contiguous.
struct CanonicalTensor {
  WeightFormatDesc format;
  Tensor values;    // [rows, cols] of code_dtype
  Tensor scales;    // [rows, cols / block_cols] of scale_dtype; empty for plain
  Tensor minimums;  // as scales; empty where the format has none
};

}  // namespace lathe::ops
