// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/normalizer.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;

std::string normalized(std::string_view json, std::string_view text) {
  return Normalizer::from_json(Json::parse(json, "normalizer"))(std::string(text));
}

TEST(Normalizer, NullChangesNothing) {
  EXPECT_EQ(normalized("null", "a e\u0301"), "a e\u0301");
  EXPECT_EQ(Normalizer()("x"), "x");
}

TEST(Normalizer, PrependLeavesAnEmptyTextEmpty) {
  constexpr std::string_view kPrepend = R"({"type": "Prepend", "prepend": "▁"})";
  EXPECT_EQ(normalized(kPrepend, "a"), "▁a");
  EXPECT_EQ(normalized(kPrepend, "▁a"), "▁▁a");
  EXPECT_EQ(normalized(kPrepend, ""), "");
}

TEST(Normalizer, ReplaceTakesTextsAndExpressions) {
  constexpr std::string_view kText =
      R"({"type": "Replace", "pattern": {"String": "aa"}, "content": "b"})";
  EXPECT_EQ(normalized(kText, "aaaa a aaa"), "bb a ba");
  EXPECT_EQ(normalized(kText, "none"), "none");
  constexpr std::string_view kRegex =
      R"({"type": "Replace", "pattern": {"Regex": "\\s+|^x"}, "content": "_"})";
  EXPECT_EQ(normalized(kRegex, "x a \t b"), "__a_b");
  EXPECT_EQ(normalized(kRegex, ""), "");
  EXPECT_EQ(
      normalized(R"({"type": "Replace", "pattern": {"Regex": "\\d"}, "content": "é"})", "1a2"),
      "éaé");
}

TEST(Normalizer, UnicodeForms) {
  EXPECT_EQ(normalized(R"({"type": "NFC"})", "e\u0301\uFB01"), "é\uFB01");
  EXPECT_EQ(normalized(R"({"type": "NFD"})", "é"), "e\u0301");
  EXPECT_EQ(normalized(R"({"type": "NFKC"})", "\uFB01\u2460"), "fi1");
  EXPECT_EQ(normalized(R"({"type": "NFKD"})", "\u00BD"), "1\u20442");
}

TEST(Normalizer, SequencesGoOneAfterTheOther) {
  constexpr std::string_view kSequence = R"({"type": "Sequence", "normalizers": [
    {"type": "Prepend", "prepend": " "},
    {"type": "Sequence", "normalizers": [
      {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "NFC"}]}]})";
  EXPECT_EQ(normalized(kSequence, "a e\u0301"), "▁a▁é");
  EXPECT_EQ(normalized(R"({"type": "Sequence", "normalizers": []})", "a"), "a");
}

TEST(Normalizer, Refusals) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"type": "Lowercase"})",
       "type 'Lowercase' is not known, expected one of Prepend, Replace, NFC, NFD, NFKC, NFKD"},
      {R"({"type": "Prepend"})", "prepend: field 'prepend' is missing"},
      {R"({"type": "Replace", "pattern": {"String": ""}, "content": "a"})",
       "pattern: expected text to replace, got none"},
      {R"({"type": "Replace", "pattern": {"Other": ""}, "content": "a"})",
       "String: field 'String' is missing"},
      {R"({"type": "Replace", "pattern": {"String": "x"}})", "content: field 'content' is missing"},
      {R"({"type": "Sequence"})", "field 'normalizers' is missing"},
      {R"("NFC")", "type: expected an object with field 'type', got a string"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(error_of([&] { normalized(test.first, "x"); }), test.second) << test.first;
  }
  EXPECT_NE(error_of([] {
              normalized(R"({"type": "Replace", "pattern": {"Regex": "("}, "content": "a"})", "x");
            }).find("regular expression '('"),
            std::string::npos);
}

}  // namespace
}  // namespace lathe::text
