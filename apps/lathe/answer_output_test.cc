// SPDX-License-Identifier: Apache-2.0
#include "answer_output.h"

#include <gtest/gtest.h>

namespace lathe::app {
namespace {

llm::Answer answer() {
  return {.text = "Hi\n\"there\"",
          .token_ids = {5, 6, 7},
          .prompt_tokens = 100,
          .finish_reason = runtime::FinishReason::kLength,
          .timings = {.prefill_ms = 50, .decode_ms_per_token = 4}};
}

TEST(AnswerJson, HoldsWhatIsPromised) {
  EXPECT_EQ(answer_json(answer()).dump(),
            R"({"text":"Hi\n\"there\"","token_ids":[5,6,7],"prompt_tokens":100,)"
            R"("finish_reason":"length","timings":{"prefill_ms":50.0,"decode_ms_per_token":4.0}})");
}

TEST(AnswerJson, SaysHowItEnded) {
  llm::Answer stopped = answer();
  stopped.finish_reason = runtime::FinishReason::kStop;
  EXPECT_EQ(answer_json(stopped).at("finish_reason").as_string(), "stop");
}

TEST(IdsLine, IsWhatTheFlagTakes) {
  EXPECT_EQ(ids_line(answer()), "5,6,7\n");
  EXPECT_EQ(ids_line({}), "\n");
}

TEST(DescribeSpeed, GivesBothPhases) {
  EXPECT_EQ(describe_speed(answer()),
            "prompt 100 tokens, 50 ms (2000 tokens/s); answer 3 tokens, 4 ms each (250 tokens/s); "
            "length");
}

// What the cache held was not computed.
TEST(DescribeSpeed, CountsWhatWasComputed) {
  llm::Answer cached = answer();
  cached.reused_tokens = 64;
  EXPECT_EQ(describe_speed(cached),
            "prompt 100 tokens (64 from the cache), 50 ms (720 tokens/s); answer 3 tokens, 4 ms "
            "each (250 tokens/s); length");
}

TEST(DescribeSpeed, LeavesOutWhatThereIsNot) {
  llm::Answer one = answer();
  one.token_ids = {5};
  one.timings = {};
  EXPECT_EQ(describe_speed(one), "prompt 100 tokens, 0 ms (0 tokens/s); answer 1 tokens; length");
}

TEST(StreamingHooks, PrintPiecesAsTheyCome) {
  const llm::GenerateHooks hooks = streaming_hooks();
  ::testing::internal::CaptureStdout();
  hooks.on_text("a");
  hooks.on_text(std::string_view("b\0c", 3));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), std::string("ab\0c", 4));
  EXPECT_FALSE(hooks.interrupted());
}

}  // namespace
}  // namespace lathe::app
