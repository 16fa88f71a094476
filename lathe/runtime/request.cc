// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/request.h"

namespace lathe::runtime {

void check_token_ids(std::span<const int32_t> ids, int64_t vocab) {
  for (const int32_t id : ids) {
    if (id >= 0 && id < vocab) continue;
    fail(ErrorCode::kInvalidArgument, "token id ", id, " is outside the vocabulary of ", vocab);
  }
}

std::span<const FinishReason> enum_values(FinishReason) {
  static constexpr FinishReason kAll[] = {FinishReason::kStop, FinishReason::kLength,
                                          FinishReason::kCancelled, FinishReason::kError};
  return kAll;
}

std::string_view to_string(FinishReason reason) {
  static constexpr std::string_view kNames[] = {"stop", "length", "cancelled", "error"};
  return kNames[static_cast<size_t>(reason)];
}

}  // namespace lathe::runtime
