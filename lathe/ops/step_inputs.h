// SPDX-License-Identifier: Apache-2.0
// The named inputs of a language model's step: what the runtime fills and kernels read. A step is a
// packed mixed batch: every sequence brings one or more tokens, contexts and generations together.
#pragma once

#include <span>
#include <string_view>

#include "lathe/core/shape.h"

namespace lathe::ops {

// Symbols of a language model's shapes.
inline constexpr std::string_view kTokens = "tokens";           // tokens of the step
inline constexpr std::string_view kSequences = "sequences";     // sequences of the step
inline constexpr std::string_view kLogitRows = "logit_rows";    // rows that logits are wanted for
inline constexpr std::string_view kTableWidth = "table_width";  // blocks of the longest sequence

struct StepInput {
  std::string_view name;
  TensorType type;
};

// All i32:
//   token_ids    [tokens]
//   positions    [tokens]        0-based, within the sequence
//   lengths      [tokens]        tokens of this token's sequence that are known by now (a prompt's
//                                whole length in the context phase, however it is chunked)
//   cu_q_lengths [sequences + 1] where each sequence's tokens begin in the step
//   kv_lengths   [sequences]     tokens in the cache once the step's own are written
//   block_tables [sequences, table_width]  ids of KV blocks
//   logit_rows   [logit_rows]    rows of the step that logits are wanted for
const StepInput& step_input(std::string_view name);  // throws kInternal where there is none
std::span<const StepInput> step_inputs();

}  // namespace lathe::ops
