// SPDX-License-Identifier: Apache-2.0
#include "token_count.h"

#include "print.h"

namespace lathe::app {

void fit_default(TokenCount& count, std::string_view flag, int64_t room) {
  if (count.given || room < 1 || count.tokens <= room) return;
  print_note(
      cat("note: ", flag, " is ", room, " here, not ", count.tokens, ": the context is no longer"));
  count.tokens = room;
}

void check_length(std::string_view flags, int64_t tokens, int64_t most) {
  if (tokens <= most) return;
  fail(ErrorCode::kResourceExhausted, flags, ": ", tokens,
       " tokens; the maximum context length is ", most);
}

}  // namespace lathe::app
