// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/request.h"

namespace lathe::runtime {

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
