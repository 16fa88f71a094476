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

// Fills `out`, zeroed memory of the loaded type. Reads a few rows at a time on all threads: memory
// beyond it is bounded. Throws what the reader throws, with the weight's name.
void load_weight(const engine::PlanWeight& weight, const RowReader& rows, ThreadPool& pool,
                 const Tensor& out);

}  // namespace lathe::exec
