// SPDX-License-Identifier: Apache-2.0
// Canonical weight operands (one plain tensor, or codes, scales and minimums), read row by row.
#pragma once

#include <span>

#include "lathe/core/tensor.h"
#include "lathe/ops/weight_format.h"

namespace lathe::kernels {

// A run of columns of one row.
struct RowPart {
  int64_t row = 0;
  int64_t begin = 0;  // column
  int64_t count = 0;
};

class WeightRows {
 public:
  // `tensors` are the weight's operands in the order of ops/weight_format.h, contiguous.
  WeightRows(const ops::WeightFormatDesc& format, std::span<const TensorView> tensors);

  int64_t rows() const { return tensors_[0].size(0); }
  int64_t cols() const { return tensors_[0].size(1); }
  int64_t blocks() const { return cols() / format_.block_cols; }  // of a row

  // Values in f32: (code - offset) * scale + minimum, multiplied first, then added.
  void values(const RowPart& part, float* out) const;
  // code - offset. REQUIRES: not plain.
  void codes(const RowPart& part, int16_t* out) const;
  float scale(int64_t row, int64_t block) const;
  float minimum(int64_t row, int64_t block) const;  // 0 where the format has none

 private:
  const ops::WeightFormatDesc& format_;
  std::span<const TensorView> tensors_;
};

}  // namespace lathe::kernels
