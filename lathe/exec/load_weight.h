// SPDX-License-Identifier: Apache-2.0
// One weight of a plan: read, converted and packed.
#pragma once

#include "lathe/base/thread_pool.h"
#include "lathe/exec/weight_rows.h"

namespace lathe::exec {

// What the weight is in memory: packed bytes u8 in their layout, else the canonical tensor of its
// part.
struct LoadedType {
  DType dtype;
  std::vector<int64_t> sizes;
};
LoadedType loaded_type(const engine::PlanWeight& weight);
int64_t loaded_bytes(const LoadedType& type);

// A run of rows of one source.
struct WeightSlice {
  size_t source;
  quant::RowRange rows;  // within the source
  int64_t first_row;     // within the weight
};
// All rows in slices of about so many bytes of f32, of whole groups of `row_multiple` rows but for
// a source's last.
std::vector<WeightSlice> cut_rows(const engine::PlanWeight& weight, int64_t row_multiple,
                                  int64_t slice_bytes);
// Elements of a row: 1 for a vector.
int64_t row_elements(const engine::PlanWeight& weight);

// Fills `out`, zeroed memory of the loaded type. Reads a few rows at a time on all threads: memory
// beyond it is bounded. Throws what the reader throws, with the weight's name.
void load_weight(const engine::PlanWeight& weight, const RowReader& rows, ThreadPool& pool,
                 const Tensor& out);

}  // namespace lathe::exec
