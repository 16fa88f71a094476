// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/vocabulary.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::text {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr int64_t kMostHoles = 1 << 16;  // ids that no token has

int64_t greatest_id(const std::vector<VocabularyEntry>& entries) {
  const int64_t limit = static_cast<int64_t>(entries.size()) * 2 + kMostHoles;
  int64_t greatest = -1;
  for (const VocabularyEntry& entry : entries) {
    if (entry.id < 0 || entry.id >= limit) {
      fail(ErrorCode::kCorrupt, "token ", quote(entry.token), " has id ", entry.id,
           ", expected one from 0 to ", limit - 1, " in a vocabulary of ", entries.size());
    }
    greatest = std::max(greatest, entry.id);
  }
  return greatest;
}

}  // namespace

Vocabulary::Vocabulary(std::vector<VocabularyEntry> entries) {
  tokens_.resize(static_cast<size_t>(greatest_id(entries) + 1));
  ids_.reserve(entries.size());
  for (VocabularyEntry& entry : entries) {
    std::string& place = tokens_[static_cast<size_t>(entry.id)];
    if (!place.empty() && place != entry.token) {
      fail(ErrorCode::kCorrupt, "tokens ", quote(place), " and ", quote(entry.token),
           " both have id ", entry.id);
    }
    place = std::move(entry.token);
    ids_.emplace(place, static_cast<int32_t>(entry.id));
  }
}

std::optional<int32_t> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::string_view Vocabulary::token(int32_t id) const {
  if (id < 0 || id >= size()) return {};
  return tokens_[static_cast<size_t>(id)];
}

std::optional<char> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || !token.ends_with('>')) return std::nullopt;
  const size_t high = kHexDigits.find(token[3]);
  const size_t low = kHexDigits.find(token[4]);
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  return static_cast<char>(high << 4 | low);
}

std::string token_of_byte(uint8_t byte) {
  return {'<', '0', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15], '>'};
}

}  // namespace lathe::text
