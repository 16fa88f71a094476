// SPDX-License-Identifier: Apache-2.0
// The next tokens of a step's rows of logits, drawn on the GPU: what runtime/sampler defines, for
// every row by its own options.
//
// One piece of device code (`kSampleCode`, its text is `sample_source`, kernels/device_code.h)
// serves every vocabulary. The rows' options lie in device memory, so that a captured step takes
// whatever the host has written there:
//
//   rows[r] = {.temperature = 0.7f, .top_p = 0.9f, .seed = 5};   // when a sequence takes the row
//   launch(code, sample_launch({logits, vocab, num_rows, rows, kv_lengths, token_ids}));
//
// Weights are summed in fixed point, whose sums do not depend on their order: a row's token depends
// on its logits, options, seed and position alone, never on the batch or the device. It is the
// host's token but for draws that fall within about 1e-7 of the border between two tokens, and sets
// of top-p that end there.
#pragma once

#include <array>

#include "lathe/kernels/cuda_kernel.h"

namespace lathe::kernels {

inline constexpr std::string_view kSampleCode = "sample";

// A token that a sequence holds, and how often its answer does.
struct SampleSeen {
  int32_t id = 0;
  int32_t generated = 0;
};

// As runtime::SamplingOptions. `seen` has room for `capacity` tokens, of which the first num_seen
// are there, each id once: the prompt's from the host, those that are sampled the device adds.
struct SampleRow {
  float temperature = 0;
  int32_t top_k = 0;
  float top_p = 1;
  float min_p = 0;
  float repetition_penalty = 1;
  float presence_penalty = 0;
  float frequency_penalty = 0;
  int32_t num_seen = 0;
  int32_t capacity = 0;
  uint64_t seed = 0;
  SampleSeen* seen = nullptr;  // null: no penalties
};

// Addresses are the device's, or of pinned memory where that is said: a GPU reads and writes it at
// the host's own address.
struct SampleCall {
  const float* logits = nullptr;  // [rows, vocab]; stay as they are
  int64_t vocab = 0;              // up to kMaxSampleVocab
  int64_t rows = 0;
  SampleRow* options = nullptr;        // [rows]
  const int32_t* positions = nullptr;  // [rows], of the token to come (kv_lengths); 0 = no sequence
  int32_t* tokens = nullptr;           // [rows]; -1 where logits are no numbers; no sequence: kept
  int32_t* host_tokens = nullptr;      // [rows], the same in pinned memory; null: nowhere else
};
inline constexpr int64_t kMaxSampleVocab = 400'000;

// REQUIRES: a row or more. Throws kUnsupported for a greater vocabulary.
Launch sample_launch(const SampleCall& call);

// Puts drawn tokens into the next step's ids: an id below zero becomes the token of row ~id,
// without the host's having seen it. All of the device's memory.
struct FeedCall {
  int32_t* token_ids = nullptr;  // [count]
  int64_t count = 0;
  const int32_t* drawn = nullptr;  // SampleCall::tokens
};
Launch feed_launch(const FeedCall& call);

// What a captured step begins with: fetches its inputs from pinned memory into the device's, with
// drawn tokens in their places as `feed` puts them. There are two stages of pinned memory, and a
// captured launch has fixed addresses: launches take from one and the other in turns, the first
// from the first, and count that in `turns`.
struct TakeCall {
  std::array<const std::byte*, 2> stages = {};  // pinned, [bytes]
  std::byte* inputs = nullptr;                  // [bytes]; all three aligned to 16
  int64_t bytes = 0;                            // a multiple of 16
  uint32_t* turns = nullptr;                    // [kTakeBlocks], zero before the first launch
  const int32_t* token_ids = nullptr;           // [num_ids], within `inputs`
  int64_t num_ids = 0;
  const int32_t* drawn = nullptr;  // SampleCall::tokens
};
inline constexpr uint32_t kTakeBlocks = 8;
Launch take_launch(const TakeCall& call);

}  // namespace lathe::kernels
