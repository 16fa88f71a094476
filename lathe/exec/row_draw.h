// SPDX-License-Identifier: Apache-2.0
// How a device draws the next token from one row of a step's logits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace lathe::exec {

// A token that a sequence holds.
struct SeenToken {
  int32_t id = 0;
  int32_t generated = 0;  // times in the answer; 0 where only the prompt holds it
  bool operator==(const SeenToken&) const = default;
};

// As runtime::SamplingOptions. The draw is by (seed, position) and, with penalties, the tokens that
// were seen.
struct RowDraw {
  float temperature = 0;  // 0: the greatest logit
  int32_t top_k = 0;
  float top_p = 1;
  float min_p = 0;
  uint64_t seed = 0;
  int32_t position = 0;  // of the token to come, within its sequence; 1 or more
  float repetition_penalty = 1;
  float presence_penalty = 0;
  float frequency_penalty = 0;
  // With penalties: each token that the sequence holds, once. Empty: what the device has, which is
  // the same row of the draw before and the token that was drawn there.
  std::optional<std::span<const SeenToken>> seen = {};

  bool has_penalties() const {
    return repetition_penalty != 1 || presence_penalty != 0 || frequency_penalty != 0;
  }

  // Of two draws at different positions: whether all else is the same, but for what was seen.
  bool same_options(const RowDraw& other) const {
    return temperature == other.temperature && top_k == other.top_k && top_p == other.top_p &&
           min_p == other.min_p && seed == other.seed &&
           repetition_penalty == other.repetition_penalty &&
           presence_penalty == other.presence_penalty &&
           frequency_penalty == other.frequency_penalty;
  }
};

// Rows of a draw that may have penalties, the first ones, and tokens that each may have seen.
struct SeenLimits {
  int64_t rows = 0;
  int64_t tokens = 0;
};

// The token of row `row` of the draw before, as a step's token id: known to the device alone.
constexpr int32_t drawn_token(int64_t row) { return ~static_cast<int32_t>(row); }

using DrawTicket = uint64_t;

}  // namespace lathe::exec
