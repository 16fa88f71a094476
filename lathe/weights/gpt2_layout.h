// SPDX-License-Identifier: Apache-2.0
// GPT-2's projections are Conv1D modules at Hugging Face: their weights are stored as [in, out],
// the transpose of every other model's. (GGUF files hold them as [out, in].)
#pragma once

#include <vector>

#include "lathe/base/json.h"
#include "lathe/weights/checkpoint.h"

namespace lathe::weights {

bool is_gpt2(const Json& config);

// Gives the Conv1D weights their logical shape [out, in] and marks them kTransposed.
void mark_conv1d(std::vector<TensorInfo>& tensors);

}  // namespace lathe::weights
