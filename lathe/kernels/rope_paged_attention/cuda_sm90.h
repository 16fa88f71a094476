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
  Bits bits = Bits::kFastest;
};
// How attention keeps bits where it is asked to: generation takes the launches of any other step.
// There a query's keys come in tiles of 64 that begin at multiples of 64 of its sequence, in order,
// to one warp. What a tile holds for other queries alone has weights of exactly zero, which leave a
// sum what it is.
inline constexpr std::string_view kFixedBits = "keys come in order, in tiles at multiples of 64";

std::vector<DeviceWork> launches(const Call& call, int processors);

Support supports(const paged_attention_any::Heads& heads, const Target& target);

}  // namespace lathe::kernels::attention_sm90
