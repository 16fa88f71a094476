// SPDX-License-Identifier: Apache-2.0
// Knuth, Morris and Pratt's matcher, one a stop string: linear in the text, whatever the strings.
#include "lathe/text/stop_strings.h"

#include <algorithm>
#include <utility>

#include "lathe/base/error.h"

namespace lathe::text {

StopStrings::StopStrings(std::vector<std::string> stops) {
  for (std::string& stop : stops) {
    if (stop.empty()) fail(ErrorCode::kInvalidArgument, "stop strings: one is empty");
    patterns_.push_back(make_pattern(std::move(stop)));
  }
}

StopStrings::Pattern StopStrings::make_pattern(std::string text) {
  Pattern pattern{.text = std::move(text), .border = {0}};
  size_t border = 0;
  for (size_t i = 1; i < pattern.text.size(); ++i) {
    while (border > 0 && pattern.text[i] != pattern.text[border])
      border = pattern.border[border - 1];
    if (pattern.text[i] == pattern.text[border]) ++border;
    pattern.border.push_back(border);
  }
  return pattern;
}

// True where the pattern is complete with this byte.
bool StopStrings::advance(Pattern& pattern, char byte) {
  while (pattern.matched > 0 && pattern.text[pattern.matched] != byte) {
    pattern.matched = pattern.border[pattern.matched - 1];
  }
  if (pattern.text[pattern.matched] == byte) ++pattern.matched;
  return pattern.matched == pattern.text.size();
}

std::string StopStrings::push(std::string_view text) {
  if (stopped()) return {};
  for (const char byte : text) {
    held_ += byte;
    for (Pattern& pattern : patterns_) {
      if (!advance(pattern, byte)) continue;
      if (!matched_ || pattern.text.size() > matched_->size()) matched_ = pattern.text;
    }
    if (matched_) {
      held_.resize(held_.size() - matched_->size());
      return std::exchange(held_, {});
    }
  }
  size_t held = 0;
  for (const Pattern& pattern : patterns_) held = std::max(held, pattern.matched);
  std::string safe = held_.substr(0, held_.size() - held);
  held_.erase(0, safe.size());
  return safe;
}

std::string StopStrings::finish() {
  for (Pattern& pattern : patterns_) pattern.matched = 0;
  return std::exchange(held_, {});
}

}  // namespace lathe::text
