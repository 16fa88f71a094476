// SPDX-License-Identifier: Apache-2.0
// The executor over a fake device: its "KV cache" is an array of token ids by block and slot, and
// logits are a hash of what the cache says the sequence's tokens are. So a block that is lost,
// shared wrongly or overwritten, a wrong position or a wrong row changes tokens.
#include "lathe/runtime/executor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <thread>

#include "lathe/base/hash.h"
#include "lathe/base/random.h"

namespace lathe::runtime {
namespace {

constexpr int64_t kVocab = 61;
constexpr int64_t kBlockSize = 4;

class FakeDevice {
 public:
  explicit FakeDevice(int64_t num_blocks)
      : cache_(static_cast<size_t>(num_blocks * kBlockSize), -1) {}

  StepFunction step() {
    return [this](StepBatch& batch) { return run(batch); };
  }
  int64_t steps = 0;
  int64_t largest_step = 0;
  int64_t mixed_steps = 0;    // with contexts and generations
  int64_t fail_at_step = -1;  // throws there
  int32_t poison = -1;        // a sequence that holds this token gets logits that are NaN

 private:
  std::span<float> run(StepBatch& batch) {
    if (steps++ == fail_at_step) fail(ErrorCode::kUnavailable, "the device fell off the bus");
    largest_step = std::max(largest_step, batch.num_tokens());
    logits_.assign(static_cast<size_t>(batch.num_logit_rows() * kVocab), 0);
    write(batch);
    bool context = false, generation = false;
    size_t row = 0;
    for (int64_t i = 0; i < batch.num_sequences(); ++i) {
      const auto at = static_cast<size_t>(i);
      const int32_t count = batch.cu_q_lengths()[at + 1] - batch.cu_q_lengths()[at];
      (count > 1 ? context : generation) = true;
      const bool wanted = row < batch.logit_rows().size() &&
                          batch.logit_rows()[row] == batch.cu_q_lengths()[at + 1] - 1;
      if (wanted) fill_row(read(batch, i), row++);
    }
    EXPECT_EQ(row, batch.logit_rows().size());
    mixed_steps += context && generation ? 1 : 0;
    return logits_;
  }

  size_t slot(StepBatch& batch, int64_t sequence, int64_t position) {
    const auto block = batch.block_tables()[static_cast<size_t>(sequence * batch.table_width() +
                                                                position / kBlockSize)];
    return static_cast<size_t>(block * kBlockSize + position % kBlockSize);
  }

  void write(StepBatch& batch) {
    for (int64_t i = 0; i < batch.num_sequences(); ++i) {
      const auto at = static_cast<size_t>(i);
      const int32_t begin = batch.cu_q_lengths()[at], end = batch.cu_q_lengths()[at + 1];
      EXPECT_EQ(batch.positions()[static_cast<size_t>(end - 1)] + 1, batch.kv_lengths()[at]);
      for (int32_t t = begin; t < end; ++t) {
        const auto token = static_cast<size_t>(t);
        EXPECT_GE(batch.lengths()[token], batch.positions()[token] + 1);
        cache_[slot(batch, i, batch.positions()[token])] = batch.token_ids()[token];
      }
    }
  }

  std::vector<int32_t> read(StepBatch& batch, int64_t sequence) {
    std::vector<int32_t> tokens;
    for (int64_t p = 0; p < batch.kv_lengths()[static_cast<size_t>(sequence)]; ++p) {
      tokens.push_back(cache_.at(slot(batch, sequence, p)));
    }
    return tokens;
  }

  void fill_row(const std::vector<int32_t>& tokens, size_t row) {
    const uint64_t state = hash64(std::as_bytes(std::span(tokens)));
    const bool bad = std::ranges::find(tokens, poison) != tokens.end();
    for (int64_t v = 0; v < kVocab; ++v) {
      logits_[row * kVocab + static_cast<size_t>(v)] =
          bad ? std::nanf("") : normal_at(state, 0, static_cast<uint64_t>(v)) * 2;
    }
  }

  std::vector<int32_t> cache_;
  std::vector<float> logits_;
};

struct Answer {
  std::vector<int32_t> tokens;
  std::optional<Finish> finish;
  int finishes = 0;
};

Listener record(Answer& answer) {
  return [&answer](const Event& event) {
    EXPECT_FALSE(answer.finish) << "an event after the end";
    if (event.token) answer.tokens.push_back(*event.token);
    if (event.finish) {
      answer.finish = event.finish;
      ++answer.finishes;
    }
    return Reply::kGoOn;
  };
}

ExecutorOptions small_options() {
  return {.limits = {.max_batch_size = 5,
                     .max_num_tokens = 16,
                     .max_seq_len = 48,
                     .block_size = kBlockSize,
                     .num_blocks = 40},
          .vocab = kVocab};
}

std::vector<int32_t> prompt_of(uint64_t seed, int64_t length) {
  std::vector<int32_t> prompt;
  for (int64_t i = 0; i < length; ++i) {
    prompt.push_back(static_cast<int32_t>(uniform_at(seed, 0, static_cast<uint64_t>(i)) * kVocab));
  }
  return prompt;
}

void run_until_idle(Executor& executor) {
  for (int i = 0; executor.step(); ++i) {
    ASSERT_NO_THROW(executor.check());
    ASSERT_LT(i, 100000) << "no progress";
  }
}

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
