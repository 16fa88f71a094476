// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/sample/cuda_sample.h"

#include "lathe/kernels/cuda_support.h"

namespace lathe::kernels {
namespace {

constexpr uint32_t kBlocks = 8;  // of a row: a cluster
constexpr uint32_t kThreads = 512;
constexpr uint32_t kFeedThreads = 256;

// As in the device source.
struct Parameters {
  const float* logits;
  SampleRow* options;
  const int32_t* positions;
  int32_t* tokens;
  int32_t* host_tokens;
  int32_t vocab, slice;
};

struct FeedParameters {
  int32_t* ids;
  const int32_t* drawn;
  int32_t count;
};

struct TakeParameters {
  std::array<const std::byte*, 2> stages;
  std::byte* inputs;
  uint32_t* turns;
  const int32_t* drawn;
  int32_t units;
  int32_t first_id, num_ids;
};

}  // namespace

Launch feed_launch(const FeedCall& call) {
  return overlapped("feed", {1}, kFeedThreads,
                    FeedParameters{call.token_ids, call.drawn, static_cast<int32_t>(call.count)});
}

Launch take_launch(const TakeCall& call) {
  constexpr int64_t kUnit = 16;
  LATHE_CHECK(call.bytes % kUnit == 0, "inputs that are no units", call.bytes);
  const auto* numbers = reinterpret_cast<const int32_t*>(call.inputs);
  return overlapped("take", {kTakeBlocks}, kFeedThreads,
                    TakeParameters{.stages = call.stages,
                                   .inputs = call.inputs,
                                   .turns = call.turns,
                                   .drawn = call.drawn,
                                   .units = static_cast<int32_t>(call.bytes / kUnit),
                                   .first_id = static_cast<int32_t>(call.token_ids - numbers),
                                   .num_ids = static_cast<int32_t>(call.num_ids)});
}

Launch sample_launch(const SampleCall& call) {
  if (call.vocab > kMaxSampleVocab) {
    fail(ErrorCode::kUnsupported, "a vocabulary of ", call.vocab,
         " tokens: the GPU samples from up to ", kMaxSampleVocab);
  }
  constexpr int64_t kUnits = int64_t{kBlocks} * 4;  // of 16 bytes a block
  const int64_t slice = (call.vocab + kUnits - 1) / kUnits * 4;
  Launch out = overlapped(
      "sample", {kBlocks, static_cast<uint32_t>(call.rows)}, kThreads,
      Parameters{call.logits, call.options, call.positions, call.tokens, call.host_tokens,
                 static_cast<int32_t>(call.vocab), static_cast<int32_t>(slice)});
  out.config.cluster = {kBlocks};
  out.config.shared_bytes = static_cast<uint32_t>(slice * static_cast<int64_t>(sizeof(float)));
  return out;
}

}  // namespace lathe::kernels
