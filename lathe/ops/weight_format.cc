// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/weight_format.h"

namespace lathe::ops {

int64_t WeightFormatDesc::num_bytes(int64_t rows, int64_t cols) const {
  const int64_t codes = rows * bytes_for(code_dtype, cols);
  if (is_plain()) return codes;
  const int64_t scales = rows * bytes_for(scale_dtype, cols / block_cols);
  return codes + scales * (has_minimums ? 2 : 1);
}

}  // namespace lathe::ops
