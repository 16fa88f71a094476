// SPDX-License-Identifier: Apache-2.0
// The text side of answers, with a real tokenizer and no engine.
#include <gtest/gtest.h>

#include <cmath>

#include "lathe/llm/conversation.h"
#include "lathe/llm/generation_config.h"
#include "lathe/llm/perplexity.h"
#include "tests/support/temp_dir.h"

namespace lathe::llm {
namespace {

const std::string kCheckpoint = std::string(LATHE_SOURCE_DIR) + "/tests/data/checkpoints/llama_gqa";
constexpr int32_t kEot = 1028;

Json parse(std::string_view text) { return Json::parse(text, "test"); }

TEST(GenerationConfigTest, GreedyWithoutRecommendation) {
  EXPECT_EQ(default_sampling(parse("{}")), runtime::SamplingOptions{});
  EXPECT_EQ(default_sampling(parse(R"({"do_sample": false, "temperature": 0.7})")).temperature, 0);
}

TEST(GenerationConfigTest, TakesWhatTheMakersRecommend) {
  const runtime::SamplingOptions options =
      default_sampling(parse(R"({"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 20,
                "min_p": 0.1, "repetition_penalty": 1.05, "eos_token_id": 3})"));
  EXPECT_EQ(options.temperature, 0.6f);
  EXPECT_EQ(options.top_p, 0.9f);
  EXPECT_EQ(options.top_k, 20);
  EXPECT_EQ(options.min_p, 0.1f);
  EXPECT_EQ(options.repetition_penalty, 1.05f);
  EXPECT_EQ(default_sampling(parse(R"({"do_sample": true})")).temperature, 1);
  EXPECT_EQ(default_sampling(parse(R"({"temperature": 0.6})")).temperature, 0.6f);
  EXPECT_EQ(default_sampling(parse(R"({"top_k": null})")).top_k, 0);
}

TEST(GenerationConfigTest, NamesTheFieldThatIsWrong) {
  const auto error = [](std::string_view config) {
    return testing::error_of([&] { default_sampling(parse(config)); });
  };
  EXPECT_EQ(error(R"({"top_k": "many"})"),
            "generation config: top_k: expected an integer, got a string");
  EXPECT_EQ(error(R"({"top_p": 7})"),
            "generation config: top_p: expected more than 0, at most 1, got 7");
}

TEST(GenerationConfigTest, AnswersEndWhereModelOrTokenizerSay) {
  const TextSide text = open_text_side(kCheckpoint);
  const std::vector<int32_t> ids = end_ids({1025, 1028}, text);
  EXPECT_EQ(ids, (std::vector<int32_t>{1025, 1028}));
  EXPECT_TRUE(end_ids({}, TextSide({}, "nothing")).empty());
}

TEST(TextSideTest, SaysWhatIsMissing) {
  const TextSide none({}, "x.engine");
  EXPECT_FALSE(none.has_tokenizer());
  EXPECT_EQ(testing::error_of([&] { none.tokenizer(); }),
            "x.engine: expected a tokenizer, there is none");
  EXPECT_EQ(testing::error_of([&] { none.render(Json::array()); }),
            "x.engine: expected a chat template, there is none");
}

TEST(TextStreamTest, ShowsWholeCharactersAndNothingOfAStopString) {
  const TextSide side = open_text_side(kCheckpoint);
  const text::Tokenizer& tokenizer = side.tokenizer();
  const auto stream = [&](std::string_view text, std::vector<std::string> stop) {
    TextStream out(side.shared_tokenizer(), {.stop = std::move(stop)});
    std::string shown;
    for (const int32_t id : tokenizer.encode(text, {.add_special = false})) {
      shown += out.push(id);
      if (out.stopped()) return shown + "|";
    }
    return shown + out.finish();
  };
  EXPECT_EQ(stream("grüße, 世界 🙂!", {}), "grüße, 世界 🙂!");
  EXPECT_EQ(stream("one\nUser: two", {"\nUser:"}), "one|");
  EXPECT_EQ(stream("one\nUse", {"\nUser:"}), "one\nUse") << "what was held back comes at the end";
}

Answer answer_of(const TextSide& side, const std::string& text) {
  Answer answer{.text = text, .token_ids = side.tokenizer().encode(text, {.add_special = false})};
  answer.token_ids.push_back(kEot);
  return answer;
}

TEST(ConversationTest, IdsOnlyGrowSoThatTheCacheIsFound) {
  const TextSide side = open_text_side(kCheckpoint);
  Conversation chat(side, "Be brief.", {kEot});
  const std::vector<int32_t> first = chat.ask("Hello");
  EXPECT_EQ(side.tokenizer().decode(first, {.skip_special = false}),
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
  // Tokens that encoding the text again would not give: byte by byte.
  Answer answer{.text = "Hi", .token_ids = {39, 72, kEot}};
  ASSERT_EQ(side.tokenizer().decode(std::vector<int32_t>{39, 72}), "Hi");
  chat.answered(answer);
  const std::vector<int32_t> second = chat.ask("And now?");
  std::vector<int32_t> expected = first;
  expected.insert(expected.end(), {39, 72, kEot});
  ASSERT_GT(second.size(), expected.size());
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), second.begin()));
}

TEST(ConversationTest, AnAnswerCutByAStopStringIsEncodedAnew) {
  const TextSide side = open_text_side(kCheckpoint);
  Conversation chat(side, "", {kEot});
  chat.ask("Hello");
  Answer cut = answer_of(side, "one two three");
  cut.text = "one";
  chat.answered(cut);
  EXPECT_EQ(side.tokenizer().decode(chat.ask("Next"), {.skip_special = false}),
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\none<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nNext<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
}

TEST(ConversationTest, ARetractedMessageIsGone) {
  const TextSide side = open_text_side(kCheckpoint);
  Conversation chat(side, "", {kEot});
  const std::vector<int32_t> first = chat.ask("Hello");
  chat.retract();
  EXPECT_EQ(chat.messages(), Json::array());
  EXPECT_EQ(chat.ask("Hello"), first);
}

TEST(PerplexityTest, LogLikelihoodIsThatOfTheSoftmax) {
  const std::vector<float> logits = {1, 2, 3};
  const double sum = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
  EXPECT_NEAR(log_likelihood(logits, 1), std::log(std::exp(2.0) / sum), 1e-12);
  EXPECT_NEAR(log_likelihood(std::vector<float>{1000, 1000}, 0), std::log(0.5), 1e-12);
}

}  // namespace
}  // namespace lathe::llm
