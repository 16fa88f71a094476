// SPDX-License-Identifier: Apache-2.0
// Answers of an engine whose model is a table: the logits behind a token are the token's row. So
// what an answer has to be can be said without the library: a walk through the table.
#include "lathe/llm/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lathe/llm/perplexity.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/step_inputs.h"
#include "lathe/runtime/sampler/sample.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::llm {
namespace {

using testing::error_of;

constexpr int64_t kVocab = 26;
constexpr int64_t kMaxSeqLen = 40;

// One letter a token, 'a' is 0.
std::string letters_tokenizer() {
  std::string vocab;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    vocab += cat(vocab.empty() ? "" : ",", "\"", std::string(1, letter), "\":", letter - 'a');
  }
  return cat(R"({"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},)",
             R"("decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{)", vocab,
             R"(},"merges":[]}})");
}

void write_engine(const std::filesystem::path& folder) {
  exec::TestPlan plan;
  std::map<std::string_view, int> inputs;
  for (const ops::StepInput& input : ops::step_inputs()) {
    inputs[input.name] = plan.input(input.name, input.type);
  }
  const int table = plan.weight("table", {kVocab, kVocab});
  const int all = plan.step(ops::Embedding{}, {inputs["token_ids"], table});
  plan.output("logits", plan.step(ops::Gather{}, {all, inputs["logit_rows"]}));
  engine::Manifest manifest;
  manifest.checkpoint.dummy_seed = 3;
  manifest.model = {.family = "table",
                    .vocab = kVocab,
                    .max_seq_len = kMaxSeqLen,
                    .eos_ids = {},
                    .generation = Json::object()};
  manifest.dtype = "fp32";
  manifest.plans = {plan.plan()};
  engine::EngineWriter writer(folder);
  writer.write({manifest, {{"tokenizer.json", letters_tokenizer()}}});
  writer.commit();
}

class Generate : public ::testing::Test {
 protected:
  Generate() { open(&runtime::RunLimits::max_batch_size, 2); }

  void open(int64_t runtime::RunLimits::*limit, int64_t value) {
    runtime::RunLimits limits;
    limits.*limit = value;
    if (!engine::is_engine(folder.path() / "e")) write_engine(folder.path() / "e");
    model = Model::open(folder.path() / "e", {.load = {.threads = 1}, .limits = limits});
  }
  std::vector<float> row(int32_t token) const {
    const auto table = model->engine().weight(0, 0).values<float>();
    const auto begin = table.begin() + token * kVocab;
    return {begin, begin + kVocab};
  }
  // `count` tokens behind the prompt by the sampler's own definition, one row at a time.
  std::vector<int32_t> walk(const std::vector<int32_t>& prompt, size_t count,
                            const runtime::SamplingOptions& options = {}) const {
    std::vector<int32_t> all = prompt;
    std::vector<runtime::Candidate> scratch(kVocab);
    for (size_t i = 0; i < count; ++i) {
      std::vector<runtime::SeenToken> seen;
      for (int32_t id = 0; id < kVocab; ++id) {
        const auto in_answer = std::count(all.begin() + std::ssize(prompt), all.end(), id);
        if (std::ranges::count(all, id) > 0) seen.push_back({id, static_cast<int32_t>(in_answer)});
      }
      std::vector<float> logits = row(all.back());
      all.push_back(*runtime::sample(
          logits, {.options = options, .seen = seen, .position = std::ssize(all)}, scratch));
    }
    return {all.begin() + std::ssize(prompt), all.end()};
  }
  static std::string text_of(const std::vector<int32_t>& ids) {
    std::string out;
    for (const int32_t id : ids) out += static_cast<char>('a' + id);
    return out;
  }

  const testing::TempDir folder;
  std::unique_ptr<Model> model;
};

TEST_F(Generate, GreedyTakesTheGreatestOfEachRow) {
  const Answer answer = generate(*model, {3, 7}, {.max_tokens = 10});
  ASSERT_EQ(answer.token_ids.size(), 10u);
  int32_t last = 7;
  for (const int32_t id : answer.token_ids) {
    const std::vector<float> logits = row(last);
    EXPECT_EQ(id, std::ranges::max_element(logits) - logits.begin());
    last = id;
  }
  EXPECT_EQ(answer.text, text_of(answer.token_ids));
  EXPECT_EQ(answer.finish_reason, runtime::FinishReason::kLength);
  EXPECT_EQ(answer.prompt_tokens, 2);
}

// Seed, position, prompt and answer reach the sampler: any slip gives another token soon.
TEST_F(Generate, SampledTokensAreThoseOfTheDefinition) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    GenerateOptions options{.max_tokens = 20};
    options.sampling = {.temperature = 0.02f,
                        .top_k = seed % 2 == 0 ? 0 : 7,
                        .repetition_penalty = seed % 3 == 0 ? 1.3f : 1,
                        .presence_penalty = seed % 4 == 0 ? 0.01f : 0,
                        .frequency_penalty = seed % 5 == 0 ? 0.02f : 0,
                        .seed = seed};
    const std::vector<int32_t> prompt = {static_cast<int32_t>(seed), 4, 4, 9};
    EXPECT_EQ(generate(*model, prompt, options).token_ids, walk(prompt, 20, options.sampling))
        << seed;
  }
}

TEST_F(Generate, StepsOfAFewTokensSayTheSame) {
  std::vector<int32_t> prompt(30);
  for (size_t i = 0; i < prompt.size(); ++i) prompt[i] = static_cast<int32_t>(i * 7 % kVocab);
  const Answer whole = generate(*model, prompt, {.max_tokens = 9});
  open(&runtime::RunLimits::max_num_tokens, 4);
  EXPECT_EQ(generate(*model, prompt, {.max_tokens = 9}).token_ids, whole.token_ids);
}

TEST_F(Generate, AnswersEndWithTheContext) {
  const Answer answer = generate(*model, {1, 2, 3}, {});
  EXPECT_EQ(answer.token_ids.size(), static_cast<size_t>(kMaxSeqLen - 3));
  EXPECT_EQ(answer.finish_reason, runtime::FinishReason::kLength);
  open(&runtime::RunLimits::max_seq_len, 8);
  EXPECT_EQ(generate(*model, {1, 2, 3}, {}).token_ids.size(), 5u);
}

TEST_F(Generate, AStopStringEndsTheTextBeforeItAndTheTokensWithIt) {
  const std::vector<int32_t> ids = walk({5}, 12);
  const std::string text = text_of(ids);
  GenerateOptions options{.max_tokens = 30};
  options.text.stop = {"never", text.substr(4, 3)};
  const size_t first = text.find(text.substr(4, 3));
  const Answer answer = generate(*model, {5}, options);
  EXPECT_EQ(answer.text, text.substr(0, first));
  EXPECT_EQ(answer.token_ids, std::vector<int32_t>(ids.begin(), ids.begin() + first + 3));
  EXPECT_EQ(answer.finish_reason, runtime::FinishReason::kStop);
}

TEST_F(Generate, AStopIdIsTheLastToken) {
  const std::vector<int32_t> ids = walk({5}, 12);
  GenerateOptions options{.max_tokens = 30};
  options.sampling.stop_ids = {ids[3]};
  const Answer answer = generate(*model, {5}, options);
  EXPECT_EQ(answer.token_ids.back(), ids[3]);
  EXPECT_EQ(std::ranges::count(answer.token_ids, ids[3]), 1);
  EXPECT_EQ(answer.finish_reason, runtime::FinishReason::kStop);
}

TEST_F(Generate, StreamsTheTextInPiecesThatAreNotEmpty) {
  GenerateOptions options{.max_tokens = 12};
  options.text.stop = {"zzzz", "aaaa"};
  std::string streamed;
  const Answer answer = generate(*model, {5}, options, {.on_text = [&](std::string_view piece) {
    EXPECT_FALSE(piece.empty());
    streamed += piece;
  }});
  EXPECT_EQ(streamed, answer.text);
  EXPECT_EQ(streamed, text_of(answer.token_ids));
}

TEST_F(Generate, AnInterruptedAnswerKeepsWhatItHas) {
  int asked = 0;
  const Answer answer =
      generate(*model, {5}, {.max_tokens = 30}, {.interrupted = [&] { return ++asked == 5; }});
  EXPECT_EQ(answer.finish_reason, runtime::FinishReason::kCancelled);
  EXPECT_EQ(answer.text, text_of(walk({5}, answer.token_ids.size())));
  EXPECT_GT(answer.token_ids.size(), 0u);
  EXPECT_LT(answer.token_ids.size(), 6u);
  EXPECT_EQ(generate(*model, {5}, {.max_tokens = 8}).token_ids, walk({5}, 8));
}

TEST_F(Generate, ARefusedPromptLeavesTheModelUsable) {
  EXPECT_EQ(error_of([&] {
              generate(*model, {1, kVocab}, {});
            }),
            "token id 26 is outside the vocabulary of 26");
  EXPECT_EQ(error_of([&] { generate(*model, {}, {}); }), "the prompt has no tokens");
  const std::string message =
      error_of([&] { generate(*model, std::vector<int32_t>(kMaxSeqLen, 1), {}); });
  EXPECT_NE(message.find("the prompt has 40 tokens"), std::string::npos) << message;
  EXPECT_EQ(generate(*model, {5}, {.max_tokens = 3}).token_ids, walk({5}, 3));
}

double expected_perplexity(const std::vector<int32_t>& ids, size_t context,
                           const std::function<std::vector<float>(int32_t)>& row) {
  double sum = 0;
  int scored = 0;
  for (size_t begin = 0; begin + context <= ids.size(); begin += context) {
    for (size_t at = begin + context / 2; at + 1 < begin + context; ++at) {
      const std::vector<float> logits = row(ids[at]);
      double total = 0;
      for (const float logit : logits) total += std::exp(double{logit});
      sum += std::log(total) - double{logits[static_cast<size_t>(ids[at + 1])]};
      ++scored;
    }
  }
  return std::exp(sum / scored);
}

TEST_F(Generate, PerplexityIsThatOfTheSecondHalfOfEachWindow) {
  const auto engine = exec::load_engine(folder.path() / "e", {.threads = 1});
  const std::vector<int32_t> ids = walk({8}, 97, {.temperature = 1, .seed = 5});
  const auto of = [&](int32_t token) { return row(token); };
  for (const int64_t context : {4, 7, 20, 33}) {
    int64_t windows = 0;
    PerplexityOptions options{.context = context};
    options.progress = [&](int64_t done, int64_t all) {
      EXPECT_EQ(done, ++windows);
      EXPECT_EQ(all, 97 / context);
    };
    const Perplexity found = perplexity(engine, ids, options);
    EXPECT_NEAR(found.perplexity, expected_perplexity(ids, static_cast<size_t>(context), of), 1e-4);
    EXPECT_EQ(found.tokens, windows * (context - 1 - context / 2));
    EXPECT_EQ(windows, 97 / context);
  }
}

TEST_F(Generate, PerplexityRefusesBeforeItRuns) {
  const auto engine = exec::load_engine(folder.path() / "e", {.threads = 1});
  const auto error = [&](std::vector<int32_t> ids, int64_t context) {
    return error_of([&] { perplexity(engine, std::move(ids), {.context = context}); });
  };
  EXPECT_EQ(error(std::vector<int32_t>(9, 1), 10),
            "the text has 9 tokens, expected at least one context of 10");
  EXPECT_EQ(error(std::vector<int32_t>(9, 1), 0), "context: expected 4 or more, got 0");
  std::vector<int32_t> ids(20, 1);
  ids[15] = kVocab;  // in the second window
  EXPECT_EQ(error(ids, 10), "token id 26 is outside the vocabulary of 26");
}

}  // namespace
}  // namespace lathe::llm
