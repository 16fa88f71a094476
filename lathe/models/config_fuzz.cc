// SPDX-License-Identifier: Apache-2.0
// Any bytes as a config.json: it is refused as corrupt or unsupported, or it makes a whole network
// of a size that the limits of config.h bound.
#include "lathe/base/error.h"
#include "lathe/graph/verify.h"
#include "lathe/models/config.h"
#include "tests/support/config_case.h"

namespace lathe::models {
namespace {

// Ops of the largest layer that a family builds, with room.
constexpr size_t kMaxOpsPerLayer = 64;

void check(const Model& model) {
  graph::verify(*model.network);
  LATHE_CHECK(model.facts.vocab >= 1 && model.facts.vocab <= kMaxSize, "vocab", model.facts.vocab);
  LATHE_CHECK(model.facts.max_seq_len >= 1 && model.facts.max_seq_len <= kMaxSize, "max_seq_len",
              model.facts.max_seq_len);
  LATHE_CHECK(model.network->outputs().size() == 1, "another output than logits");
  LATHE_CHECK(model.network->parameters().size() <= kMaxOpsPerLayer * kMaxLayers, "too many");
}

}  // namespace
}  // namespace lathe::models

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    lathe::models::check(
        lathe::testing::build_case({reinterpret_cast<const char*>(data), size}, "fuzz"));
  } catch (const lathe::Error& error) {
    LATHE_CHECK(error.code() == lathe::ErrorCode::kCorrupt ||
                    error.code() == lathe::ErrorCode::kUnsupported,
                "another error than promised", error.message());
  }
  return 0;
}
