// SPDX-License-Identifier: Apache-2.0
// A plan's weights in one piece of memory, so that small ones lie in huge pages too.
#pragma once

#include "lathe/base/thread_pool.h"
#include "lathe/exec/weight_rows.h"

namespace lathe::exec {

// Loads the weights that are `used`; the others stay empty. Those that are resident stay where they
// are. Throws kOutOfMemory with what was
// needed and what there is, and what the reader throws.
std::vector<Tensor> load_weights(const engine::Plan& plan, const std::vector<bool>& used,
                                 const WeightRows& rows, ThreadPool& pool);

}  // namespace lathe::exec
