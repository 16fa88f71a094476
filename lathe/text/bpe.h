// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding: a word is cut into characters, and neighbours merge, the pair of lowest rank
// first, the leftmost of equals, until none is left that may (Sennrich et al., arXiv 1508.07909).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lathe/text/merge_table.h"
#include "lathe/text/vocabulary.h"

namespace lathe::text {

struct BpeOptions {
  std::optional<int32_t> unknown_id = {};  // for characters without a token; else they vanish
  bool fuse_unknown = false;               // a run of unknown characters is one token
  bool byte_fallback = false;  // before that: a character's bytes as tokens "<0x0A>", if all exist
  bool ignore_merges = false;  // a word that is a token is that token
};

// Immutable; keeps a pointer to the vocabulary, which outlives it.
class Bpe {
 public:
  Bpe(const Vocabulary& vocabulary, MergeTable merges, BpeOptions options);

  // Appends the ids of a word, which is valid UTF-8 in the vocabulary's spelling. n log n.
  void encode(std::string_view word, std::vector<int32_t>& out) const;

 private:
  std::vector<int32_t> characters(std::string_view word) const;
  void merge(std::vector<int32_t>& ids) const;
  std::optional<int32_t> find_character(std::string_view character, char32_t code) const;
  bool append_bytes(std::string_view character, std::vector<int32_t>& out) const;

  static constexpr int32_t kNone = -1;
  const Vocabulary* vocabulary_;
  MergeTable merges_;
  BpeOptions options_;
  std::array<int32_t, 0x180> common_{};  // ids of the first characters of Unicode
  std::array<int32_t, 256> bytes_{};     // ids of <0x00> …
};

}  // namespace lathe::text
