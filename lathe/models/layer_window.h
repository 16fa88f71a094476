// SPDX-License-Identifier: Apache-2.0
// Sliding windows that only some layers have, as Qwen 2 and 3 write them down.
#pragma once

#include "lathe/models/config.h"

namespace lathe::models {

// The window of one layer in tokens, 0 where it sees everything. Windows count where
// use_sliding_window is set: in the layers that layer_types calls "sliding_attention", or without
// layer_types from max_window_layers on. Throws kCorrupt, and kUnsupported for another layer type.
int64_t layer_window(const Config& config, int64_t layer);

}  // namespace lathe::models
