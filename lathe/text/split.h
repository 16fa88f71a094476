// SPDX-License-Identifier: Apache-2.0
// What a split does with the matches of its pattern, and with the text between them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/text/regex/regex.h"

namespace lathe::text {

enum class SplitBehavior {
  kIsolated,            // each match is a word
  kRemoved,             // matches vanish
  kContiguous,          // matches that touch are one word
  kMergedWithPrevious,  // a match ends the word before it
  kMergedWithNext,      // a match begins the word after it
};

enum class MatchSense {
  kMatches,  // of the pattern
  kGaps,     // what lies between them takes their place
};

// Words of `text` in order, none empty. `matches` ascend and do not overlap.
std::vector<std::string> split(std::string_view text, std::span<const TextSpan> matches,
                               SplitBehavior behavior, MatchSense sense);

}  // namespace lathe::text
