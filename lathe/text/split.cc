// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/split.h"

#include <algorithm>

namespace lathe::text {
namespace {

struct Piece {
  TextSpan span;
  bool is_match;
};

std::vector<Piece> pieces_of(std::string_view text, std::span<const TextSpan> matches,
                             MatchSense sense) {
  const bool match = sense == MatchSense::kMatches;
  std::vector<Piece> out;
  size_t taken = 0;
  for (const TextSpan& span : matches) {
    if (span.begin > taken) out.push_back({{taken, span.begin}, !match});
    out.push_back({span, match});
    taken = span.end;
  }
  if (taken < text.size()) out.push_back({{taken, text.size()}, !match});
  return out;
}

// True where `piece` belongs to the word of the piece before it.
bool continues(const Piece& before, const Piece& piece, SplitBehavior behavior) {
  switch (behavior) {
    case SplitBehavior::kIsolated:
    case SplitBehavior::kRemoved:
      return false;
    case SplitBehavior::kContiguous:
      return before.is_match == piece.is_match;
    case SplitBehavior::kMergedWithPrevious:
      return piece.is_match && !before.is_match;
    case SplitBehavior::kMergedWithNext:
      return before.is_match && !piece.is_match;
  }
  return false;
}

}  // namespace

std::vector<std::string> split(std::string_view text, std::span<const TextSpan> matches,
                               SplitBehavior behavior, MatchSense sense) {
  std::vector<TextSpan> words;
  const Piece* before = nullptr;
  const std::vector<Piece> pieces = pieces_of(text, matches, sense);
  for (const Piece& piece : pieces) {
    if (piece.is_match && behavior == SplitBehavior::kRemoved) continue;
    if (before != nullptr && continues(*before, piece, behavior)) {
      words.back().end = piece.span.end;
    } else {
      words.push_back(piece.span);
    }
    before = &piece;
  }
  std::vector<std::string> out;
  for (const TextSpan& word : words) {
    if (word.end > word.begin) out.emplace_back(text.substr(word.begin, word.end - word.begin));
  }
  return out;
}

}  // namespace lathe::text
