// SPDX-License-Identifier: Apache-2.0
// Rotary embedding in a config.json, in all of its spellings: rope_theta and rope_scaling beside
// each other, or together in rope_parameters; "rope_type" or "type"; partial_rotary_factor; and the
// frequency factors of GGUF files (weights/checkpoint.h).
#pragma once

#include "lathe/models/config.h"
#include "lathe/ops/rope.h"

namespace lathe::models {

struct RopeConfig {
  ops::Rope rope;
  int64_t max_seq_len = 0;  // what max_position_embeddings becomes by the scaling
};

struct RopeDefaults {
  double theta = 10000;
  double rotary_factor = 1;  // rotated share of a head
  ops::RopeStyle style = ops::RopeStyle::kHalf;
};

// Throws kCorrupt for a field that is missing or makes no sense, kUnsupported for a rope type or a
// parameter of one that is not known.
RopeConfig rope_config(const Config& config, int64_t head_dim, const RopeDefaults& defaults = {});

}  // namespace lathe::models
