// SPDX-License-Identifier: Apache-2.0
// The step inputs of a packed batch.
#pragma once

#include <span>
#include <vector>

#include "lathe/graph/interpreter.h"

namespace lathe::testing {

// Tokens [begin, end) of a sequence as its part of a step.
struct SequencePart {
  std::span<const int32_t> ids;  // all that are known: a prompt's, however it is chunked
  int64_t begin = 0;
  int64_t end = 0;
  std::vector<int32_t> blocks;  // of the KV cache, in order; enough for `end` tokens
};

// All step inputs; logits are asked of every row.
graph::NamedTensors step_batch(std::span<const SequencePart> parts);

}  // namespace lathe::testing
