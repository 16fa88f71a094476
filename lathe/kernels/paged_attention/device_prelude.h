// SPDX-License-Identifier: Apache-2.0
// Constants of device sources that score (paged_attention/scores.cuh). Build side only.
#pragma once

#include <string>

#include "lathe/ops/attention.h"

namespace lathe::kernels {

// kScale, kCausal, kWindow, kSinks, kSoftCap, kAlibi, kSlopes.
std::string scores_prelude(const ops::AttentionOptions& options);

}  // namespace lathe::kernels
