// SPDX-License-Identifier: Apache-2.0
// Cuts a text into words, which byte-pair encoding then never merges across.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lathe/base/json.h"

namespace lathe::text {

// A part of a text on its way to words; valid UTF-8.
struct Segment {
  std::vector<std::string> words;
  bool begins_text = true;  // nothing comes before its first word
};
using PreTokenizerStep = std::function<void(Segment&)>;

// Immutable.
class PreTokenizer {
 public:
  PreTokenizer() = default;  // the whole segment is one word
  explicit PreTokenizer(std::vector<PreTokenizerStep> steps) : steps_(std::move(steps)) {}
  // From the `pre_tokenizer` of tokenizer.json. Throws kCorrupt, kUnsupported naming the type.
  static PreTokenizer from_json(const Json& json);

  // In the vocabulary's spelling. Throws kResourceExhausted (regex.h).
  std::vector<std::string> operator()(Segment segment) const {
    for (const PreTokenizerStep& step : steps_) step(segment);
    return std::move(segment.words);
  }

 private:
  std::vector<PreTokenizerStep> steps_;
};

// Each match of the expression is a word, and so is what lies between two.
PreTokenizerStep isolate_step(const std::string& pattern);
// Each numeric character (unicode.h) is a word.
PreTokenizerStep isolate_numeric_step();
// GPT-2's byte alphabet (byte_alphabet.h), the last step of byte-level vocabularies.
PreTokenizerStep byte_alphabet_step();

// The expression of GPT-2.
extern const char* const kGpt2Pattern;

}  // namespace lathe::text
