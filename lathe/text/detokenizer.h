// SPDX-License-Identifier: Apache-2.0
// Token ids to text, one at a time, for streaming.
//
//   text::Detokenizer detokenizer(tokenizer);
//   for (int32_t id : ids) std::cout << detokenizer.push(id);
//   std::cout << detokenizer.finish();
//
// What is given out is always whole characters: a character whose bytes come in several tokens is
// held back until it is complete, and bytes that cannot become one turn into U+FFFD as soon as
// that is certain. All pieces together equal Tokenizer::decode of all ids, but where tokens of
// single bytes (byte fallback) form no valid UTF-8: there `decode` sees the whole run first.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lathe/text/tokenizer.h"

namespace lathe::text {

// SentencePiece vocabularies begin a text with a space that is not part of it.
enum class TextStart {
  kBeginning,     // the ids are a text of their own: that space is dropped, as `decode` does
  kContinuation,  // they continue a text: it is kept
};

struct DetokenizerOptions {
  bool skip_special = true;
  TextStart start = TextStart::kBeginning;
};

// One stream of ids; not shared between threads.
class Detokenizer {
 public:
  explicit Detokenizer(std::shared_ptr<const Tokenizer> tokenizer, DetokenizerOptions options = {});

  // The text that became certain with this id, often empty. Any id is taken.
  std::string push(int32_t id);
  // The rest: an unfinished character becomes U+FFFD. Afterwards a new text may begin.
  std::string finish();

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  DetokenizerOptions options_;
  int strip_left_;       // spaces still to be dropped at the beginning
  std::string pending_;  // at most 3 bytes that begin a character
};

}  // namespace lathe::text
