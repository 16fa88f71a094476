// SPDX-License-Identifier: Apache-2.0
// Token texts by id and ids by token text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lathe::text {

struct VocabularyEntry {
  std::string token;
  int64_t id;
};

// Immutable once made; move-only, because the index points into the texts.
class Vocabulary {
 public:
  Vocabulary() = default;
  // Throws kCorrupt for an id that is negative or far beyond the number of entries, and for two
  // tokens with one id. Of two entries with the same text the first wins.
  explicit Vocabulary(std::vector<VocabularyEntry> entries);
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  int32_t size() const { return static_cast<int32_t>(tokens_.size()); }  // greatest id + 1
  std::optional<int32_t> find(std::string_view token) const;
  std::string_view token(int32_t id) const;  // empty for an id without one

 private:
  std::vector<std::string> tokens_;
  std::unordered_map<std::string_view, int32_t> ids_;
};

// The byte that "<0x0A>" spells; empty for any other token.
std::optional<char> byte_of_token(std::string_view token);
std::string token_of_byte(uint8_t byte);

}  // namespace lathe::text
