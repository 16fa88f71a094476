// SPDX-License-Identifier: Apache-2.0
#include "sampling_flags.h"

#include <gtest/gtest.h>

#include "lathe/base/log.h"
#include "test_command.h"
#include "tests/support/temp_dir.h"

namespace lathe::app {
namespace {

using runtime::SamplingOptions;
using testing::error_of;

// What a model's makers advise.
const SamplingOptions kModels{.temperature = 0.6F, .top_k = 40, .top_p = 0.9F};

struct Chosen {
  SamplingOptions options;
  std::string notes;
};

Chosen choose(const std::vector<std::string>& words, const SamplingOptions& defaults = kModels) {
  const auto sampling = parsed_flags<SamplingFlags>(words);
  ::testing::internal::CaptureStderr();
  try {
    Chosen out{sampling.over(defaults), ""};
    out.notes = ::testing::internal::GetCapturedStderr();
    return out;
  } catch (...) {
    ::testing::internal::GetCapturedStderr();
    throw;
  }
}

TEST(SamplingFlags, TheModelsOwnWhereNothingIsGiven) {
  SamplingOptions options = choose({}).options;
  options.seed = 0;
  EXPECT_EQ(options, kModels);
}

TEST(SamplingFlags, EachFlagReplacesItsField) {
  const std::pair<std::string, SamplingOptions> cases[] = {
      {"--temperature=1.5", {.temperature = 1.5F, .top_k = 40, .top_p = 0.9F}},
      {"--top-k=7", {.temperature = 0.6F, .top_k = 7, .top_p = 0.9F}},
      {"--top-k=0", {.temperature = 0.6F, .top_k = 0, .top_p = 0.9F}},
      {"--top-p=0.5", {.temperature = 0.6F, .top_k = 40, .top_p = 0.5F}},
      {"--min-p=0.1", {.temperature = 0.6F, .top_k = 40, .top_p = 0.9F, .min_p = 0.1F}},
      {"--repetition-penalty=1.1",
       {.temperature = 0.6F, .top_k = 40, .top_p = 0.9F, .repetition_penalty = 1.1F}},
      {"--presence-penalty=-2",
       {.temperature = 0.6F, .top_k = 40, .top_p = 0.9F, .presence_penalty = -2}},
      {"--frequency-penalty=2",
       {.temperature = 0.6F, .top_k = 40, .top_p = 0.9F, .frequency_penalty = 2}},
  };
  for (const auto& [word, expected] : cases) {
    SamplingOptions options = choose({word}).options;
    options.seed = 0;
    EXPECT_EQ(options, expected) << word;
  }
}

TEST(SamplingFlags, ASeedIsTakenOrDrawnAndSaid) {
  EXPECT_EQ(choose({"--seed=7"}).options.seed, 7u);
  EXPECT_EQ(choose({"--seed=18446744073709551615"}).options.seed, ~uint64_t{0});
  EXPECT_EQ(choose({"--seed=7"}).notes, "");
  const Chosen drawn = choose({});
  EXPECT_EQ(drawn.notes, cat("seed ", drawn.options.seed, "\n"));
  EXPECT_LT(drawn.options.seed, uint64_t{1} << 31);
  EXPECT_NE(choose({}).options.seed, choose({}).options.seed);  // once in 2^31 runs it fails
}

TEST(SamplingFlags, WhatGreedyIgnoresIsSaid) {
  const SamplingOptions greedy;
  EXPECT_EQ(choose({}, greedy).notes, "");
  EXPECT_EQ(choose({"--temperature=0"}).notes, "");
  for (const char* word : {"--top-k=5", "--top-p=0.5", "--min-p=0.1"}) {
    EXPECT_NE(choose({word}, greedy).notes.find("the model is greedy"), std::string::npos) << word;
    EXPECT_EQ(choose({word, "--temperature=1", "--seed=1"}, greedy).notes, "") << word;
  }
}

TEST(SamplingFlags, NotesEndWithTheLevel) {
  set_log_level(LogLevel::kError);
  EXPECT_EQ(choose({}).notes, "");
  set_log_level(LogLevel::kWarn);
}

TEST(SamplingFlags, BoundsAreBlamedOnTheFlag) {
  const std::pair<std::string, std::string> cases[] = {
      {"--temperature=-0.1", "--temperature: expected 0 (greedy) or more, got -0.1"},
      {"--top-k=-1", "--top-k: expected a whole number from 0 to 2147483647, got '-1'"},
      {"--top-p=0", "--top-p: expected more than 0, at most 1, got 0"},
      {"--top-p=1.5", "--top-p: expected more than 0, at most 1, got 1.5"},
      {"--min-p=-1", "--min-p: expected 0 to 1, got -1"},
      {"--min-p=2", "--min-p: expected 0 to 1, got 2"},
      {"--repetition-penalty=0", "--repetition-penalty: expected more than 0, got 0"},
      {"--presence-penalty=3", "--presence-penalty: expected -2 to 2, got 3"},
      {"--frequency-penalty=-3", "--frequency-penalty: expected -2 to 2, got -3"},
      {"--seed=-1", "--seed: expected a whole number of 0 or more, got '-1'"},
      {"--temperature=warm", "--temperature: expected a number, got 'warm'"},
  };
  for (const auto& [word, expected] : cases) {
    EXPECT_EQ(error_of([flag = word] { choose({flag}); }), expected);
  }
}

}  // namespace
}  // namespace lathe::app
