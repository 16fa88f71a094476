// SPDX-License-Identifier: Apache-2.0
// The text form of a network. `parse(print(n))` prints the same text again. Attributes that are as
// an op has them by default are not written.
//
//   network main {
//     input %token_ids: i32[tokens]
//     parameter %"model.norm.weight": bf16[576]
//     state %"layers.0.kv": state[3, 64] {"kv_heads":3,…}
//     %0: bf16[tokens, 576] = rms_norm(%x, %"model.norm.weight") {"eps":1e-05}
//     output logits = %0
//   }
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lathe/graph/network.h"

namespace lathe::graph {

std::string print(const Network& network);

// Throws kCorrupt (syntax, unknown op) or kInvalidArgument (types), naming `source` and the line.
std::unique_ptr<Network> parse(std::string_view text, std::string_view source);

}  // namespace lathe::graph
