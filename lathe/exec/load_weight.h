// SPDX-License-Identifier: Apache-2.0
// One weight of a plan, read, converted and packed.
#pragma once

#include "lathe/base/thread_pool.h"
#include "lathe/exec/weight_rows.h"

namespace lathe::exec {

// Packed weights as u8 bytes in their layout, others as the canonical tensor of their part. Reads a
// few rows at a time on all threads: memory beyond the result is bounded. Throws what the reader
// throws, with the weight's name.
Tensor load_weight(const engine::PlanWeight& weight, const RowReader& rows, ThreadPool& pool);

}  // namespace lathe::exec
