// SPDX-License-Identifier: Apache-2.0
// What a GPU needs to draw a run's tokens: rows of logits, and the tokens that penalties look at.
#pragma once

#include <cstdint>

#include "lathe/engine/plan.h"

namespace lathe::exec {

struct DrawSizes {
  int64_t vocab = 0;
  int64_t rows = 0;       // of logits, at most
  int64_t seen_rows = 0;  // the first so many may have penalties: one a sequence
  int64_t most_seen = 0;  // tokens that a sequence can hold, each once
  bool operator==(const DrawSizes&) const = default;

  int64_t seen_bytes() const;  // of a row
  int64_t bytes() const;       // of the device's memory
};

// Whether the plan draws: it has a sampler, logits and the inputs of a step.
bool draws_tokens(const engine::Plan& plan);
// REQUIRES: draws_tokens. `limits`: of every symbol.
DrawSizes draw_sizes(const engine::Plan& plan, const DimBindings& limits);
// Pieces of pinned memory, and as many of the device's, in which seen tokens go up.
inline constexpr int64_t kSeenPieces = 2;

}  // namespace lathe::exec
