// SPDX-License-Identifier: Apache-2.0
// How a device draws the next token from one row of a step's logits.
#pragma once

#include <cstdint>

namespace lathe::exec {

// As runtime::SamplingOptions, without penalties. The draw is by (seed, position) alone.
struct RowDraw {
  float temperature = 0;  // 0: the greatest logit
  int32_t top_k = 0;
  float top_p = 1;
  float min_p = 0;
  uint64_t seed = 0;
  int32_t position = 0;  // of the token to come, within its sequence; 1 or more

  // Of two draws at different positions: whether all else is the same.
  bool same_options(const RowDraw& other) const {
    return temperature == other.temperature && top_k == other.top_k && top_p == other.top_p &&
           min_p == other.min_p && seed == other.seed;
  }
};

// The token of row `row` of the draw before, as a step's token id: known to the device alone.
constexpr int32_t drawn_token(int64_t row) { return ~static_cast<int32_t>(row); }

using DrawTicket = uint64_t;

}  // namespace lathe::exec
