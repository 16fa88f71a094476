// SPDX-License-Identifier: Apache-2.0
// Hugging Face's tokenizer.json: what the fields around the model do to ids.
#include <gtest/gtest.h>

#include "lathe/text/tokenizer.h"
#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;
using Ids = std::vector<int32_t>;

// A model of single letters; `more` are further members of the file, `model` of the model.
std::string file(std::string_view more = "", std::string_view model = "") {
  return cat(R"({"decoder": {"type": "Fuse"}, "model": {"type": "BPE",
    "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "<s>": 4, "</s>": 5}, "merges": ["a b"])",
             model, "}", more, "}");
}

std::shared_ptr<const Tokenizer> load(std::string json, std::string config = "{}") {
  return Tokenizer::load(
      {{"tokenizer.json", std::move(json)}, {"tokenizer_config.json", std::move(config)}});
}

std::string refusal(std::string json, std::string config = "{}") {
  return error_of([&] { load(std::move(json), std::move(config)); });
}

TEST(TokenizerJson, TheModelsOptions) {
  EXPECT_EQ(load(file())->encode("axb"), (Ids{3}));
  EXPECT_EQ(load(file("", R"(, "unk_token": "<unk>")"))->encode("axxb"), (Ids{1, 0, 0, 2}));
  EXPECT_EQ(load(file("", R"(, "unk_token": "<unk>", "fuse_unk": true)"))->encode("axxb"),
            (Ids{1, 0, 2}));
  EXPECT_EQ(load(file("", R"(, "ignore_merges": true)"))->encode("<s>"), (Ids{4}));
  EXPECT_EQ(load(file())->encode("<s>"), Ids{}) << "no characters of it have tokens";
}

TEST(TokenizerJson, AddedTokensKeepTheModelsIdOrBringTheirOwn) {
  const auto tokenizer = load(file(R"(, "added_tokens": [
    {"id": 99, "content": "</s>", "special": true}, {"id": 7, "content": "new"},
    {"id": 8, "content": ""}])"));
  EXPECT_EQ(tokenizer->encode("a</s>newb"), (Ids{1, 5, 7, 2}));
  EXPECT_EQ(tokenizer->vocab_size(), 8);
  EXPECT_TRUE(tokenizer->is_special(5));
  EXPECT_FALSE(tokenizer->is_special(7));
}

TEST(TokenizerJson, NormalizedOnesAreFoundInTheNormalizedText) {
  constexpr std::string_view kNormalizer =
      R"(, "normalizer": {"type": "Replace", "pattern": {"String": "x"}, "content": "b"},)";
  const auto load_with = [&](std::string_view flag) {
    return load(file(cat(kNormalizer, R"("added_tokens": [{"id": 7, "content": "ab)", flag)));
  };
  EXPECT_EQ(load_with(R"(", "normalized": true}])")->encode("ax"), (Ids{3}))
      << "the model has this text: its id counts";
  EXPECT_EQ(load(file(cat(kNormalizer, R"("added_tokens": [{"id": 7, "content": "bb"}])")))
                ->encode("axx"),
            (Ids{1, 7}));
  EXPECT_EQ(load(file(cat(kNormalizer,
                          R"("added_tokens": [{"id": 7, "content": "bb", "normalized": false}])")))
                ->encode("axx"),
            (Ids{3, 2}));
}

TEST(TokenizerJson, ATemplatePutsIdsAroundTheText) {
  const auto tokenizer = load(file(R"(, "post_processor": {"type": "Sequence", "processors": [
    {"type": "ByteLevel"}, {"type": "TemplateProcessing",
     "single": [{"SpecialToken": {"id": "begin"}}, {"Sequence": {"id": "A"}},
                {"SpecialToken": {"id": "end"}}, {"SpecialToken": {"id": "end"}}],
     "special_tokens": {"begin": {"ids": [4]}, "end": {"ids": [5, 0]}}}]})"));
  EXPECT_EQ(tokenizer->encode("a"), (Ids{4, 1, 5, 0, 5, 0}));
  EXPECT_EQ(tokenizer->encode(""), (Ids{4, 5, 0, 5, 0}));
  EXPECT_EQ(tokenizer->encode("a", {.add_special = false}), (Ids{1}));
}

TEST(TokenizerJson, TheConfigKnowsBosAndEos) {
  const auto tokenizer = load(file(), R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}})");
  EXPECT_EQ(tokenizer->bos_id(), 4);
  EXPECT_EQ(tokenizer->eos_ids(), (Ids{5}));
  EXPECT_EQ(tokenizer->bos_token(), "<s>");
  EXPECT_EQ(tokenizer->eos_token(), "</s>");
  const auto unknown = load(file(), R"({"bos_token": "<none>", "eos_token": null})");
  EXPECT_EQ(unknown->bos_id(), std::nullopt);
  EXPECT_EQ(unknown->eos_ids(), Ids{});
  EXPECT_EQ(unknown->eos_token(), "");
}

TEST(TokenizerJson, Refusals) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"{}", "field 'model' is missing"},
      {R"({"model": {"vocab": {}}})", "decoder: expected a decoder, got null"},
      {R"({"model": {"type": "WordLevel"}})",
       "model: type 'WordLevel' is not supported, expected BPE"},
      {file("", R"(, "end_of_word_suffix": "</w>")"), "model: end_of_word_suffix is not supported"},
      {file("", R"(, "continuing_subword_prefix": "##")"),
       "model: continuing_subword_prefix is not supported"},
      {file("", R"(, "unk_token": "none")"),
       "model: unk_token: token 'none' is not in the vocabulary"},
      {file("", R"(, "byte_fallback": "yes")"),
       "model: byte_fallback: expected a boolean, got a string"},
      {file(R"(, "added_tokens": {})"), "added_tokens: expected an array, got an object"},
      {file(R"(, "added_tokens": [{"id": 9}])"),
       "added_tokens: [0]: content: field 'content' is missing"},
      {file(R"(, "added_tokens": [{"content": "new"}])"), "added_tokens: field 'id' is missing"},
      {file(R"(, "post_processor": {"type": "BertProcessing"})"),
       "post_processor: type 'BertProcessing' is not known, expected one of TemplateProcessing, "
       "ByteLevel, Sequence"},
      {file(R"(, "pre_tokenizer": {"type": "Punctuation"})"),
       "pre_tokenizer: type 'Punctuation' is not known, expected one of ByteLevel, Split, Digits, "
       "Metaspace"},
  };
  for (const auto& test : cases)
    EXPECT_EQ(refusal(test.first), cat("tokenizer.json: ", test.second));
  EXPECT_EQ(refusal(file(), R"({"bos_token": 3})"),
            "tokenizer.json: tokenizer_config.json: expected a string, got an integer");
  EXPECT_TRUE(refusal(file(), "{").starts_with("tokenizer_config.json: "));
}

}  // namespace
}  // namespace lathe::text
