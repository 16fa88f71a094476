// SPDX-License-Identifier: Apache-2.0
// Sampled tokens to shown text: whole characters, and nothing of a stop string.
//
//   llm::TextStream stream(tokenizer, {.stop = {"\nUser:"}});
//   show(stream.push(id));   if (stream.stopped()) …   show(stream.finish());
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lathe/text/detokenizer.h"
#include "lathe/text/stop_strings.h"

namespace lathe::llm {

struct TextStreamOptions {
  std::vector<std::string> stop = {};
  text::TextStart start = text::TextStart::kBeginning;
};

// One answer; not shared between threads.
class TextStream {
 public:
  // Throws kInvalidArgument for an empty stop string.
  TextStream(std::shared_ptr<const text::Tokenizer> tokenizer, TextStreamOptions options)
      : detokenizer_(std::move(tokenizer), {.start = options.start}),
        stops_(std::move(options.stop)) {}

  std::string push(int32_t id) { return stops_.push(detokenizer_.push(id)); }
  // The rest, where no stop string came.
  std::string finish() {
    if (stopped()) return {};
    std::string rest = stops_.push(detokenizer_.finish());
    return stopped() ? rest : rest + stops_.finish();
  }
  bool stopped() const { return stops_.stopped(); }

 private:
  text::Detokenizer detokenizer_;
  text::StopStrings stops_;
};

}  // namespace lathe::llm
