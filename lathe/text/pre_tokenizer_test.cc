// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/pre_tokenizer.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;

// Words with | between them.
std::string words(std::string_view json, std::string_view text, bool begins_text = true) {
  const PreTokenizer pre = PreTokenizer::from_json(Json::parse(json, "pre_tokenizer"));
  return join(pre({.words = {std::string(text)}, .begins_text = begins_text}), "|");
}

std::string isolated(const std::string& pattern, std::string_view text) {
  return join(PreTokenizer({isolate_step(pattern)})({.words = {std::string(text)}}), "|");
}

TEST(PreTokenizer, NullLeavesTheTextWhole) {
  EXPECT_EQ(words("null", "a b"), "a b");
  EXPECT_EQ(words(R"({"type": "Sequence", "pretokenizers": []})", "a b"), "a b");
}

TEST(PreTokenizer, Gpt2sWords) {
  EXPECT_EQ(isolated(kGpt2Pattern, "Hello, world!"), "Hello|,| world|!");
  EXPECT_EQ(isolated(kGpt2Pattern, "it's we'll I'M"), "it|'s| we|'ll| I|'|M");
  EXPECT_EQ(isolated(kGpt2Pattern, "a  b   c "), "a| | b|  | c| ");
  EXPECT_EQ(isolated(kGpt2Pattern, "x1 23 4.5"), "x|1| 23| 4|.|5");
  EXPECT_EQ(isolated(kGpt2Pattern, "\n\n a\t"), "\n\n| a|\t");
  EXPECT_EQ(isolated(kGpt2Pattern, "é漢字 🙂🙂"), "é漢字| 🙂🙂");
}

TEST(PreTokenizer, ByteLevelSpellsBytesAndMayBeginWithASpace) {
  constexpr std::string_view kPlain = R"({"type": "ByteLevel", "add_prefix_space": false})";
  EXPECT_EQ(words(kPlain, "Hi the\n"), "Hi|Ġthe|Ċ");
  EXPECT_EQ(words(R"({"type": "ByteLevel"})", "Hi"), "ĠHi");
  EXPECT_EQ(words(R"({"type": "ByteLevel"})", " Hi"), "ĠHi");
  EXPECT_EQ(words(R"({"type": "ByteLevel"})", "\tHi"), "Ġ|ĉ|Hi");
  EXPECT_EQ(words(R"({"type": "ByteLevel"})", ""), "");
  EXPECT_EQ(
      words(R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": false})", "é a b"),
      "Ã©ĠaĠb");
}

TEST(PreTokenizer, SplitByTextOrExpressionInAllWays) {
  const auto split_words = [](std::string_view behavior, std::string_view invert) {
    return words(cat(R"({"type": "Split", "pattern": {"String": "-"}, "behavior": ")", behavior,
                     R"(", "invert": )", invert, "}"),
                 "-a--b");
  };
  EXPECT_EQ(split_words("Isolated", "false"), "-|a|-|-|b");
  EXPECT_EQ(split_words("Removed", "false"), "a|b");
  EXPECT_EQ(split_words("Contiguous", "false"), "-|a|--|b");
  EXPECT_EQ(split_words("MergedWithPrevious", "false"), "-|a-|-|b");
  EXPECT_EQ(split_words("MergedWithNext", "false"), "-a|-|-b");
  EXPECT_EQ(split_words("Removed", "true"), "-|-|-");
  EXPECT_EQ(words(R"({"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}"},
                      "behavior": "Isolated"})",
                  "a12345b"),
            "a|123|45|b");
}

TEST(PreTokenizer, DigitsAloneOrInRuns) {
  EXPECT_EQ(words(R"({"type": "Digits", "individual_digits": true})", "a12b³½x"), "a|1|2|b|³|½|x");
  EXPECT_EQ(words(R"({"type": "Digits", "individual_digits": false})", "a12b³½x"), "a|12|b|³½|x");
  EXPECT_EQ(words(R"({"type": "Digits"})", "12"), "12");
  EXPECT_EQ(join(PreTokenizer({isolate_numeric_step()})({.words = {"1Ⅷa"}}), "|"), "1|Ⅷ|a");
}

TEST(PreTokenizer, MetaspaceMarksTheBeginningsOfWords) {
  const auto scheme = [](std::string_view name) {
    return cat(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": ")", name, "\"}");
  };
  EXPECT_EQ(words(scheme("always"), "a bc"), "▁a|▁bc");
  EXPECT_EQ(words(scheme("always"), " a"), "▁a");
  EXPECT_EQ(words(scheme("always"), "a  b"), "▁a|▁|▁b");
  EXPECT_EQ(words(scheme("never"), "a b"), "a|▁b");
  EXPECT_EQ(words(scheme("first"), "a b"), "▁a|▁b");
  EXPECT_EQ(words(scheme("first"), "a b", false), "a|▁b");
  EXPECT_EQ(words(scheme("always"), "a b", false), "▁a|▁b");
  EXPECT_EQ(words(R"({"type": "Metaspace", "split": false})", "a b"), "▁a▁b");
  EXPECT_EQ(words(R"({"type": "Metaspace", "add_prefix_space": false})", "a b"), "a|▁b");
  EXPECT_EQ(words(R"({"type": "Metaspace", "replacement": "_"})", "a b"), "_a|_b");
}

TEST(PreTokenizer, StepsCutWhatTheStepsBeforeLeft) {
  constexpr std::string_view kSequence = R"({"type": "Sequence", "pretokenizers": [
    {"type": "Digits", "individual_digits": true},
    {"type": "ByteLevel", "add_prefix_space": false}]})";
  EXPECT_EQ(words(kSequence, "in 1999, yes"), "in|Ġ|1|9|9|9|,|Ġyes");
}

TEST(PreTokenizer, Refusals) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"type": "Whitespace"})",
       "type 'Whitespace' is not known, expected one of ByteLevel, Split, Digits, Metaspace"},
      {R"({"type": "Split", "pattern": {"String": "a"}, "behavior": "Gone"})",
       "behavior: 'Gone' is not known"},
      {R"({"type": "Split", "pattern": {"String": ""}, "behavior": "Removed"})",
       "pattern: expected text to split at, got none"},
      {R"({"type": "Split", "behavior": "Removed"})", "field 'pattern' is missing"},
      {R"({"type": "Split", "pattern": {"String": "a"}, "behavior": "Removed", "invert": 1})",
       "invert: expected a boolean, got an integer"},
      {R"({"type": "Metaspace", "prepend_scheme": "last"})", "prepend_scheme: 'last' is not known"},
      {R"({"type": "ByteLevel", "use_regex": "no"})",
       "use_regex: expected a boolean, got a string"},
      {R"([])", "type: expected an object with field 'type', got an array"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(error_of([&] { words(test.first, "x"); }), test.second) << test.first;
  }
}

}  // namespace
}  // namespace lathe::text
