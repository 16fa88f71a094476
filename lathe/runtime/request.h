// SPDX-License-Identifier: Apache-2.0
// What a client asks for, and what it hears back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/runtime/ids.h"
#include "lathe/runtime/sampling_options.h"

namespace lathe::runtime {

struct Request {
  std::vector<int32_t> prompt;  // at least one token
  SamplingOptions sampling = {};
  int64_t max_tokens = 0;  // of the answer; 0 = to the end of the context
};

// Throws kInvalidArgument for an id that a model with `vocab` tokens has not.
void check_token_ids(std::span<const int32_t> ids, int64_t vocab);

enum class FinishReason : uint8_t {
  kStop,       // a stop id, or the listener said so
  kLength,     // max_tokens, or the end of the context
  kCancelled,  // cancel()
  kError,      // see Finish::error
};
std::span<const FinishReason> enum_values(FinishReason);
std::string_view to_string(FinishReason reason);  // "stop", "length", "cancelled", "error"

struct Finish {
  FinishReason reason = FinishReason::kStop;
  std::optional<Error> error = {};
  int64_t prompt_tokens = 0;
  int64_t reused_tokens = 0;  // of the prompt, found in the KV cache
  int64_t generated_tokens = 0;
};

// A token, the end, or both: the last token comes with the end. A stop id is a token too.
struct Event {
  RequestId request{};
  std::optional<int32_t> token = {};
  std::optional<Finish> finish = {};
};

enum class Reply : uint8_t { kGoOn, kStop };

// Called on the executor's thread, in order; must not block or throw. kStop ends the request with
// FinishReason::kStop after this token, as a stop string does.
using Listener = std::function<Reply(const Event&)>;

}  // namespace lathe::runtime
