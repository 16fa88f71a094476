// SPDX-License-Identifier: Apache-2.0
// The launches of attention on tensor cores, with rotation and cache write (rope_paged_attention)
// or without (paged_attention): one where every sequence brings one token, two for any other step.
#pragma once

#include "lathe/kernels/paged_attention/cuda_any.h"

namespace lathe::kernels::attention_sm90 {

struct Call {
  TensorView cache, cu_q_lengths, lengths, tables, y;  // y [tokens, heads, head_dim]
  const void* qkv = nullptr;                           // queries only where there are no positions
  const void* positions = nullptr;  // null: the cache has the step's keys and values
  const void* queries = nullptr;    // rotated, or room for them
};
std::vector<Launch> launches(const Call& call, int processors);

Support supports(const paged_attention_any::Heads& heads, const Target& target);

}  // namespace lathe::kernels::attention_sm90
