// SPDX-License-Identifier: Apache-2.0
// Where a checkpoint keeps the rows that a tensor's name promises.
#pragma once

#include "lathe/quant/weight_format.h"

namespace lathe::quant {

// Index among the stored rows of logical row `row`. REQUIRES: not is_stored_transposed.
int64_t stored_row(const weights::TensorInfo& tensor, int64_t row);

// Whether rows are stored in another order, each of them whole.
bool regroups_rows(const weights::TensorInfo& tensor);

// Whether the bytes hold the transpose of what the source asks for: the tensor may be stored
// transposed, and the source may want a tensor's transpose.
bool is_stored_transposed(const weights::TensorInfo& tensor, const ops::WeightSource& source);

// The tensor's shape as the source wants it.
std::vector<int64_t> logical_shape(const weights::TensorInfo& tensor,
                                   const ops::WeightSource& source);

// A bug of the caller where the rows are not rows of the tensor.
void check_rows(const weights::TensorInfo& tensor, RowRange rows, int64_t num_rows);

}  // namespace lathe::quant
