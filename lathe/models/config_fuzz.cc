// SPDX-License-Identifier: Apache-2.0
// Any bytes as a config.json: it is refused as corrupt or unsupported, or it makes a whole network
// of a size that the limits of config.h bound.
#include "lathe/graph/verify.h"
#include "lathe/models/config.h"
#include "tests/support/config_case.h"
#include "tests/support/fuzz.h"

namespace lathe::models {
namespace {

using testing::must_hold;

// Ops of the largest layer that a family builds, with room.
constexpr size_t kMaxOpsPerLayer = 64;

void check(const Model& model) {
  graph::verify(*model.network);
  must_hold(model.facts.vocab >= 1 && model.facts.vocab <= kMaxSize, "vocab", model.facts.vocab);
  must_hold(model.facts.max_seq_len >= 1 && model.facts.max_seq_len <= kMaxSize, "max_seq_len",
            model.facts.max_seq_len);
  must_hold(model.network->outputs().size() == 1, "one output, logits");
  must_hold(model.network->parameters().size() <= kMaxOpsPerLayer * kMaxLayers, "a size");
}

}  // namespace
}  // namespace lathe::models

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    lathe::models::check(
        lathe::testing::build_case({reinterpret_cast<const char*>(data), size}, "fuzz"));
  } catch (const lathe::Error& error) {
    lathe::testing::must_be_promised(error,
                                     {lathe::ErrorCode::kCorrupt, lathe::ErrorCode::kUnsupported});
  }
  return 0;
}
