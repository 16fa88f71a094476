// SPDX-License-Identifier: Apache-2.0
// A number of tokens whose default gives way to the model, while what somebody asks for does not.
//
//   TokenCount context{512};
//   flags.value("--context", context, {"N", "tokens of a window; 512", kTokens});
//   …
//   fit_default(context, "--context", most);
#pragma once

#include "flags.h"

namespace lathe::app {

struct TokenCount {
  int64_t tokens = 0;  // the default, until the flag is given
  bool given = false;
};

inline void read_word(std::string_view word, TokenCount& out, IntegerRange range) {
  read_word(word, out.tokens, range);
  out.given = true;
}

// A default that is longer than `room` is cut to it, and a line on stderr says so. What was given,
// and what has no room at all, stays: the command refuses it.
void fit_default(TokenCount& count, std::string_view flag, int64_t room);

// Throws kResourceExhausted, with the flags' names, for more than `most` tokens of a sequence.
void check_length(std::string_view flags, int64_t tokens, int64_t most);

}  // namespace lathe::app
