// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/row_order.h"

#include <algorithm>

namespace lathe::quant {

namespace {

// With d rows a head, row h·d + j·d/2 + i is stored as row h·d + 2·i + j.
int64_t interleaved_row(int64_t row, int64_t head_rows) {
  const int64_t in_head = row % head_rows;
  const int64_t half = head_rows / 2;
  return row - in_head + 2 * (in_head % half) + in_head / half;
}

}  // namespace

bool regroups_rows(const weights::TensorInfo& tensor) {
  return tensor.row_order == weights::RowOrder::kGgufRopeInterleaved;
}

int64_t stored_row(const weights::TensorInfo& tensor, int64_t row) {
  return regroups_rows(tensor) ? interleaved_row(row, tensor.shape[0] / tensor.rope_heads) : row;
}

bool is_stored_transposed(const weights::TensorInfo& tensor, const ops::WeightSource& source) {
  return (tensor.row_order == weights::RowOrder::kTransposed) != source.transposed;
}

std::vector<int64_t> logical_shape(const weights::TensorInfo& tensor,
                                   const ops::WeightSource& source) {
  std::vector<int64_t> shape = tensor.shape;
  if (source.transposed) std::reverse(shape.begin(), shape.end());
  return shape;
}

void check_rows(const weights::TensorInfo& tensor, RowRange rows, int64_t num_rows) {
  LATHE_CHECK(rows.begin >= 0 && rows.begin <= rows.end && rows.end <= num_rows,
              "rows that a weight does not have", tensor.name, rows.begin, rows.end, num_rows);
}

}  // namespace lathe::quant
