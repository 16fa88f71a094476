// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/bpe.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "lathe/base/text.h"

namespace lathe::text {
namespace {

// A vocabulary of the tokens in order, and merges "left right" in order of rank.
class Words {
 public:
  Words(const std::vector<std::string>& tokens, const std::vector<std::string>& merges,
        BpeOptions options = {})
      : vocabulary_(entries(tokens)) {
    MergeTable table(merges.size());
    for (size_t rank = 0; rank < merges.size(); ++rank) {
      const size_t space = merges[rank].find(' ');
      const std::string left = merges[rank].substr(0, space);
      const std::string right = merges[rank].substr(space + 1);
      table.add(*vocabulary_.find(left), *vocabulary_.find(right),
                {static_cast<int32_t>(rank), *vocabulary_.find(left + right)});
    }
    bpe_.emplace(vocabulary_, std::move(table), options);
  }

  // The tokens of a word with spaces between them.
  std::string operator()(std::string_view word) const {
    std::vector<int32_t> ids;
    bpe_->encode(word, ids);
    std::vector<std::string> out;
    out.reserve(ids.size());
    for (const int32_t id : ids) out.emplace_back(vocabulary_.token(id));
    return join(out, " ");
  }

 private:
  static std::vector<VocabularyEntry> entries(const std::vector<std::string>& tokens) {
    std::vector<VocabularyEntry> out;
    out.reserve(tokens.size());
    for (const std::string& token : tokens) {
      out.push_back({token, static_cast<int64_t>(out.size())});
    }
    return out;
  }
  Vocabulary vocabulary_;
  std::optional<Bpe> bpe_;
};

TEST(Bpe, ThePairOfLowestRankMergesFirst) {
  const Words first({"a", "b", "c", "ab", "bc", "abc"}, {"a b", "b c", "ab c"});
  EXPECT_EQ(first("abc"), "abc");
  EXPECT_EQ(first("bc"), "bc");
  EXPECT_EQ(first("abbc"), "ab bc");
  const Words second({"a", "b", "c", "ab", "bc", "abc"}, {"b c", "a b", "ab c"});
  EXPECT_EQ(second("abc"), "a bc");
}

TEST(Bpe, OfEqualPairsTheLeftmostMerges) {
  const Words words({"a", "aa", "aaa"}, {"a a", "aa a"});
  EXPECT_EQ(words("aa"), "aa");
  EXPECT_EQ(words("aaa"), "aaa");
  EXPECT_EQ(words("aaaa"), "aa aa");
  EXPECT_EQ(words("aaaaa"), "aa aaa");
}

TEST(Bpe, SingleCharactersAndNothing) {
  const Words words({"a", "é", "漢"}, {});
  EXPECT_EQ(words(""), "");
  EXPECT_EQ(words("a"), "a");
  EXPECT_EQ(words("é漢a"), "é 漢 a");
}

TEST(Bpe, CharactersWithoutATokenVanishOrBecomeTheUnknownOne) {
  const std::vector<std::string> tokens = {"<unk>", "a", "b", "ab"};
  EXPECT_EQ(Words(tokens, {"a b"})("axxb"), "ab");
  EXPECT_EQ(Words(tokens, {"a b"}, {.unknown_id = 0})("axyb"), "a <unk> <unk> b");
  EXPECT_EQ(Words(tokens, {"a b"}, {.unknown_id = 0, .fuse_unknown = true})("axyb漢"),
            "a <unk> b <unk>");
}

TEST(Bpe, ByteFallbackNeedsAllBytesOfACharacter) {
  const std::vector<std::string> tokens = {"<unk>", "a", "<0xC3>", "<0xA9>", "<0x0A>"};
  const Words words(tokens, {}, {.unknown_id = 0, .byte_fallback = true});
  EXPECT_EQ(words("aé\n"), "a <0xC3> <0xA9> <0x0A>");
  EXPECT_EQ(words("aè"), "a <unk>");
  EXPECT_EQ(Words(tokens, {}, {.byte_fallback = true})("aè"), "a");
}

TEST(Bpe, AnIgnoredMergeIsNotNeededForAWordThatIsAToken) {
  const std::vector<std::string> tokens = {"a", "b", "c", "abc", "ab"};
  EXPECT_EQ(Words(tokens, {"a b"})("abc"), "ab c");
  EXPECT_EQ(Words(tokens, {"a b"}, {.ignore_merges = true})("abc"), "abc");
  EXPECT_EQ(Words(tokens, {"a b"}, {.ignore_merges = true})("abca"), "ab c a");
}

TEST(Bpe, AppendsToWhatIsThere) {
  const Vocabulary vocabulary({{"a", 0}, {"b", 1}});
  const Bpe bpe(vocabulary, MergeTable(), {});
  std::vector<int32_t> ids = {7};
  bpe.encode("ab", ids);
  bpe.encode("", ids);
  bpe.encode("b", ids);
  EXPECT_EQ(ids, (std::vector<int32_t>{7, 0, 1, 1}));
}

// The definition: look through all pairs for the lowest rank, the leftmost of equals; merge; again.
std::vector<std::string> merged_slowly(std::string_view word,
                                       const std::vector<std::string>& merges) {
  std::vector<std::string> out;
  for (const char c : word) out.emplace_back(1, c);
  while (true) {
    size_t best = std::numeric_limits<size_t>::max();
    size_t place = 0;
    for (size_t i = 0; i + 1 < out.size(); ++i) {
      const auto found = std::find(merges.begin(), merges.end(), cat(out[i], " ", out[i + 1]));
      const auto rank = static_cast<size_t>(found - merges.begin());
      if (found != merges.end() && rank < best) {
        best = rank;
        place = i;
      }
    }
    if (best == std::numeric_limits<size_t>::max()) return out;
    out[place] += out[place + 1];
    out.erase(out.begin() + static_cast<ptrdiff_t>(place) + 1);
  }
}

TEST(Bpe, EqualsTheDefinitionOnRandomWords) {
  std::mt19937 random(5);
  std::vector<std::string> tokens = {"a", "b", "c"};
  std::vector<std::string> merges;
  while (merges.size() < 40) {
    const std::string left = tokens[random() % tokens.size()];
    const std::string right = tokens[random() % tokens.size()];
    const std::string merge = cat(left, " ", right);
    if (std::find(merges.begin(), merges.end(), merge) != merges.end()) continue;
    merges.push_back(merge);
    if (std::find(tokens.begin(), tokens.end(), left + right) == tokens.end()) {
      tokens.push_back(left + right);
    }
  }
  const Words words(tokens, merges);
  for (int i = 0; i < 300; ++i) {
    std::string word;
    for (size_t size = random() % 30; size > 0; --size) word += "abc"[random() % 3];
    ASSERT_EQ(words(word), join(merged_slowly(word, merges), " ")) << word;
  }
}

}  // namespace
}  // namespace lathe::text
