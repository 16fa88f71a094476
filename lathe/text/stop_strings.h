// SPDX-License-Identifier: Apache-2.0
// Finds stop strings in streamed text, and gives out what certainly comes before one.
//
//   text::StopStrings stops({"\nUser:", "</s>"});
//   std::cout << stops.push(piece);
//   if (stops.stopped()) …           // nothing of the stop string, or after it, was given out
//   else std::cout << stops.finish();
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

// One stream; not shared between threads. The stop string that is complete first wins; among those
// that end together the longest.
class StopStrings {
 public:
  StopStrings() = default;  // no stop strings: everything passes
  // Throws kInvalidArgument for an empty string.
  explicit StopStrings(std::vector<std::string> stops);

  // The text that is safe to show. Costs O(bytes × stop strings).
  std::string push(std::string_view text);
  // The end of the text: what was held back as the possible beginning of a stop string.
  std::string finish();

  bool stopped() const { return matched_.has_value(); }
  const std::optional<std::string>& matched() const { return matched_; }

 private:
  struct Pattern {
    std::string text;
    std::vector<size_t> border;  // of each prefix: its longest proper prefix that is its suffix too
    size_t matched = 0;          // bytes of `text` that the stream ends with
  };
  static Pattern make_pattern(std::string text);
  static bool advance(Pattern& pattern, char byte);

  std::vector<Pattern> patterns_;
  std::string held_;
  std::optional<std::string> matched_;
};

}  // namespace lathe::text
