// SPDX-License-Identifier: Apache-2.0
// A plan's weights in memory of a GPU, in one piece.
//
// Where the plan names device code for a weight, its rows go up as the checkpoint has them and the
// device packs them, or draws them; else they are packed on the host by all threads.
#pragma once

#include "lathe/base/thread_pool.h"
#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/weight_rows.h"

namespace lathe::exec {

// Loads the weights that are `used`; the others stay empty. The tensors' addresses are the
// device's. Throws kOutOfMemory before anything is read, with what is needed and what there is, and
// what the reader throws, with the weight's name.
std::vector<Tensor> load_weights(const engine::Plan& plan, const std::vector<bool>& used,
                                 const WeightRows& rows, ThreadPool& pool, const Gpu& gpu);

}  // namespace lathe::exec
