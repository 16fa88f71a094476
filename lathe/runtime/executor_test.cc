// SPDX-License-Identifier: Apache-2.0
// The executor over a fake device.
#include "lathe/runtime/executor.h"

#include <gtest/gtest.h>

#include <thread>

#include "lathe/runtime/fake_device.h"

namespace lathe::runtime {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

Answer run_alone(const Request& request, ExecutorOptions options) {
  FakeDevice device(options.limits.num_blocks);
  Executor executor(device.step(), options);
  Answer answer;
  executor.submit(request, record(answer));
  run_until_idle(executor);
  return answer;
}

Request random_request(uint64_t seed) {
  const auto pick = [&](uint64_t index, int64_t below) {
    return static_cast<int64_t>(uniform_at(seed, 9, index) * static_cast<float>(below));
  };
  Request request{.prompt = prompt_of(pick(0, 3) == 0 ? 5 : seed, 1 + pick(1, 40)),
                  .sampling = {},
                  .max_tokens = pick(2, 12)};
  request.sampling.temperature = pick(3, 3) == 0 ? 0 : 0.9f;
  request.sampling.top_k = static_cast<int32_t>(pick(4, 20));
  request.sampling.repetition_penalty = pick(5, 2) == 0 ? 1 : 1.2f;
  request.sampling.seed = seed;
  if (pick(6, 3) == 0) request.sampling.stop_ids = {static_cast<int32_t>(pick(7, kVocab))};
  return request;
}

TEST(ExecutorTest, MaxTokensEndsAnAnswer) {
  const Answer answer =
      run_alone({.prompt = {1, 2, 3}, .sampling = {}, .max_tokens = 5}, small_options());
  ASSERT_TRUE(answer.finish);
  EXPECT_EQ(answer.tokens.size(), 5u);
  EXPECT_EQ(answer.finish->reason, FinishReason::kLength);
  EXPECT_EQ(answer.finish->prompt_tokens, 3);
  EXPECT_EQ(answer.finish->generated_tokens, 5);
}

TEST(ExecutorTest, TheContextEndsAnAnswer) {
  const Answer answer = run_alone({.prompt = prompt_of(1, 40), .sampling = {}}, small_options());
  EXPECT_EQ(answer.tokens.size(), 8u);
  EXPECT_EQ(answer.finish->reason, FinishReason::kLength);
}

TEST(ExecutorTest, AStopIdEndsAnAnswerAndIsItsLastToken) {
  const Answer whole =
      run_alone({.prompt = {4, 5}, .sampling = {}, .max_tokens = 10}, small_options());
  const int32_t stop = whole.tokens[3];
  const Answer cut = run_alone(
      {.prompt = {4, 5}, .sampling = {.stop_ids = {stop}}, .max_tokens = 10}, small_options());
  EXPECT_EQ(cut.finish->reason, FinishReason::kStop);
  EXPECT_EQ(cut.tokens, std::vector<int32_t>(whole.tokens.begin(), whole.tokens.begin() + 4));
}

TEST(ExecutorTest, AListenerCanStop) {
  FakeDevice device(40);
  Executor executor(device.step(), small_options());
  int tokens = 0, finishes = 0;
  executor.submit({.prompt = {1}, .sampling = {}}, [&](const Event& event) {
    tokens += event.token ? 1 : 0;
    finishes += event.finish && event.finish->reason == FinishReason::kStop ? 1 : 0;
    return tokens == 3 ? Reply::kStop : Reply::kGoOn;
  });
  run_until_idle(executor);
  EXPECT_EQ(tokens, 3);
  EXPECT_EQ(finishes, 1);
}

TEST(ExecutorTest, CancelEndsRunningAndQueuedRequests) {
  FakeDevice device(40);
  ExecutorOptions options = small_options();
  options.limits.max_batch_size = 1;
  Executor executor(device.step(), options);
  Answer running, queued;
  const RequestId first = executor.submit({.prompt = {1}, .sampling = {}}, record(running));
  const RequestId second = executor.submit({.prompt = {2}, .sampling = {}}, record(queued));
  executor.step();
  executor.cancel(first);
  executor.cancel(second);
  executor.cancel(first);
  run_until_idle(executor);
  EXPECT_EQ(running.finish->reason, FinishReason::kCancelled);
  EXPECT_EQ(queued.finish->reason, FinishReason::kCancelled);
  EXPECT_EQ(running.finishes + queued.finishes, 2);
  EXPECT_EQ(executor.stats().free_blocks + executor.stats().kept_blocks, 40);
}

TEST(ExecutorTest, HearingOfACancellationIsSomethingToDo) {
  FakeDevice device(40);
  Executor executor(device.step(), small_options());
  Answer answer;
  const RequestId id = executor.submit({.prompt = {1}}, record(answer));
  EXPECT_TRUE(executor.step());
  executor.cancel(id);
  EXPECT_TRUE(executor.step());
  EXPECT_TRUE(answer.finish);
  EXPECT_FALSE(executor.step());
}

TEST(ExecutorTest, RefusesAPromptThatNeverFitsAndServesTheNext) {
  FakeDevice device(40);
  Executor executor(device.step(), small_options());
  Answer refused, served;
  executor.submit({.prompt = prompt_of(1, 48), .sampling = {}}, record(refused));
  executor.submit({.prompt = {1}, .sampling = {}, .max_tokens = 2}, record(served));
  run_until_idle(executor);
  ASSERT_TRUE(refused.finish && refused.finish->error);
  EXPECT_EQ(refused.finish->error->code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(refused.finish->error->message().find("48 tokens"), std::string::npos);
  EXPECT_EQ(served.finish->reason, FinishReason::kLength);
}

TEST(ExecutorTest, BadRequestsThrowAtOnce) {
  FakeDevice device(40);
  Executor executor(device.step(), small_options());
  const auto submit = [&](Request request) { executor.submit(std::move(request), {}); };
  EXPECT_THROW(submit({.prompt = {}, .sampling = {}}), Error);
  EXPECT_THROW(submit({.prompt = {kVocab}, .sampling = {}}), Error);
  EXPECT_THROW(submit({.prompt = {-1}, .sampling = {}}), Error);
  EXPECT_THROW(submit({.prompt = {1}, .sampling = {.top_p = 2}}), Error);
  EXPECT_THROW(submit({.prompt = {1}, .sampling = {}, .max_tokens = -1}), Error);
  EXPECT_FALSE(executor.step());
}

TEST(ExecutorTest, BadLogitsEndOneRequestOnly) {
  FakeDevice device(40);
  device.poison = 7;
  Executor executor(device.step(), small_options());
  Answer bad, good;
  executor.submit({.prompt = {7, 1}, .sampling = {}}, record(bad));
  executor.submit({.prompt = {1, 2}, .sampling = {.stop_ids = {}}, .max_tokens = 1}, record(good));
  run_until_idle(executor);
  ASSERT_TRUE(bad.finish && bad.finish->error);
  EXPECT_TRUE(bad.tokens.empty());
  EXPECT_EQ(good.finish->reason, FinishReason::kLength);
}

TEST(ExecutorTest, ADeviceFaultEndsEveryRequestWithItsCause) {
  FakeDevice device(40);
  device.fail_at_step = 2;
  ExecutorOptions options = small_options();
  options.limits.max_batch_size = 2;
  Executor executor(device.step(), options);
  std::vector<Answer> answers(4);
  for (Answer& answer : answers) {
    executor.submit({.prompt = {1}, .sampling = {}, .max_tokens = 9}, record(answer));
  }
  run_until_idle(executor);
  Answer late;
  executor.submit({.prompt = {1}, .sampling = {}}, record(late));
  run_until_idle(executor);
  answers.push_back(late);
  for (const Answer& answer : answers) {
    ASSERT_TRUE(answer.finish && answer.finish->error);
    EXPECT_EQ(answer.finish->error->message(), "the device fell off the bus");
    EXPECT_EQ(answer.finishes, 1);
  }
}

TEST(ExecutorTest, ALaterTurnReusesTheCacheAndSaysTheSame) {
  FakeDevice device(40);
  Executor executor(device.step(), small_options());
  Answer first, second;
  executor.submit({.prompt = prompt_of(1, 10), .sampling = {}, .max_tokens = 6}, record(first));
  run_until_idle(executor);
  Request next{.prompt = prompt_of(1, 10), .sampling = {}, .max_tokens = 6};
  next.prompt.insert(next.prompt.end(), first.tokens.begin(), first.tokens.end());
  next.prompt.push_back(3);
  executor.submit(next, record(second));
  run_until_idle(executor);
  EXPECT_EQ(second.finish->reused_tokens, 15);  // all but the last token, whose turn never came
  EXPECT_EQ(second.tokens, run_alone(next, small_options()).tokens);
}

TEST(ExecutorTest, BatchedTokensEqualThoseOfEachAlone) {
  constexpr uint64_t kRequests = 60;
  FakeDevice device(40);
  Executor executor(device.step(), small_options());
  std::vector<Request> requests;
  std::vector<Answer> answers(kRequests);
  for (uint64_t i = 0; i < kRequests; ++i) {
    requests.push_back(random_request(100 + i));
    executor.submit(requests[i], record(answers[i]));
    for (uint64_t steps = i % 4; steps > 0; --steps) executor.step();
    ASSERT_NO_THROW(executor.check());
  }
  run_until_idle(executor);
  EXPECT_GT(device.mixed_steps, 10);
  EXPECT_LE(device.largest_step, 16);
  for (uint64_t i = 0; i < kRequests; ++i) {
    ExecutorOptions alone = small_options();
    alone.reuse = CacheReuse::kOff;
    alone.limits.max_num_tokens = 1000;  // no chunks either
    const Answer expected = run_alone(requests[i], alone);
    EXPECT_EQ(answers[i].tokens, expected.tokens) << i;
    EXPECT_EQ(answers[i].finish->reason, expected.finish->reason) << i;
  }
}

TEST(ExecutorTest, RandomTrafficKeepsEveryInvariantAndFinishesEverything) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    ExecutorOptions options = small_options();
    options.limits.num_blocks = 13 + static_cast<int64_t>(seed);  // scarce: barely one long request
    options.limits.max_num_tokens = 5 + static_cast<int64_t>(seed);
    FakeDevice device(options.limits.num_blocks);
    Executor executor(device.step(), options);
    std::vector<std::unique_ptr<Answer>> answers;
    for (uint64_t i = 0; i < 150; ++i) {
      answers.push_back(std::make_unique<Answer>());
      const RequestId id =
          executor.submit(random_request(seed * 1000 + i), record(*answers.back()));
      if (i % 9 == 0) executor.cancel(id);
      executor.step();
      if (i % 11 == 0) executor.cancel(id);
      ASSERT_NO_THROW(executor.check());
    }
    run_until_idle(executor);
    for (const auto& answer : answers) EXPECT_EQ(answer->finishes, 1);
    const ExecutorStats stats = executor.stats();
    EXPECT_EQ(stats.free_blocks + stats.kept_blocks, options.limits.num_blocks);
    EXPECT_EQ(stats.running + stats.queued, 0);
  }
}

TEST(ExecutorTest, OtherThreadsMaySubmitAndCancel) {
  FakeDevice device(40);
  Executor executor(device.step(), small_options());
  std::atomic<int> finished{0};
  std::jthread loop([&](const std::stop_token& stop) { executor.run(stop); });
  std::vector<std::jthread> clients;
  for (uint64_t c = 0; c < 3; ++c) {
    clients.emplace_back([&executor, &finished, c] {
      for (uint64_t i = 0; i < 20; ++i) {
        const RequestId id = executor.submit(random_request(c * 50 + i), [&](const Event& event) {
          finished += event.finish ? 1 : 0;
          return Reply::kGoOn;
        });
        if (i % 5 == 0) executor.cancel(id);
      }
    });
  }
  clients.clear();
  for (int i = 0; i < 1000 && finished < 60; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(finished, 60);
}

}  // namespace
}  // namespace lathe::runtime
