// SPDX-License-Identifier: Apache-2.0
// The one parameter of all entry points of rope_paged_attention, and of paged_attention where
// kFused is false: there queries come rotated, and the cache has the step's keys and values. The
// prelude gives: Element; kFused; kHeads, kKvHeads, kHeadDim, kBlock.
#pragma once

#include "lathe/kernels/kv_write/paged.cuh"

struct Parameters {
  const Element* qkv;       // [tokens, kTokenStride]: queries, where fused also keys and values
  const i32* positions;     // [tokens]
  const i32* cu_q_lengths;  // [sequences + 1]
  const i32* lengths;       // [sequences], with the step's tokens; 0 = no sequence
  const i32* tables;        // [sequences, table_width]
  Element* keys;            // [blocks, kKvHeads, kBlock, kHeadDim]
  Element* values;
  Element* y;        // [tokens, kHeads, kHeadDim]
  Element* queries;  // [tokens, kHeads, kHeadDim], rotated; not of generation

  int table_width;
  int sequences;
};

constexpr int kTokenStride = (kHeads + (kFused ? 2 * kKvHeads : 0)) * kHeadDim;
