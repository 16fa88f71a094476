// SPDX-License-Identifier: Apache-2.0
// A device that draws gives the answers that the host draws, whatever ends a request, and whenever.
#include <gtest/gtest.h>

#include "lathe/runtime/fake_device.h"

namespace lathe::runtime {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

enum class Draws { kHost, kDevice };

struct Workload {
  std::vector<Request> requests;
  std::vector<int64_t> arrivals;  // steps before each comes
};

double draw(uint64_t seed, uint64_t index) { return uniform_at(seed, 7, index); }

// Greedy and random requests, some with ids that end them early, some with penalties.
Workload random_workload(uint64_t seed, bool penalties) {
  Workload out;
  for (uint64_t i = 0; i < 12; ++i) {
    Request request;
    request.prompt = prompt_of(seed + i, 1 + static_cast<int64_t>(draw(seed, 8 * i) * 20));
    request.max_tokens = 1 + static_cast<int64_t>(draw(seed, 8 * i + 1) * 24);
    request.sampling.seed = seed + i;
    request.sampling.temperature = draw(seed, 8 * i + 2) < 0.5 ? 0.0f : 1.5f;
    request.sampling.top_k = draw(seed, 8 * i + 3) < 0.5 ? 0 : 9;
    for (int32_t id = 0; id < 3; ++id) request.sampling.stop_ids.push_back(id * 20);
    if (penalties && i % 4 == 0) request.sampling.presence_penalty = 1;
    if (penalties && i % 4 == 1) request.sampling.repetition_penalty = 1.5f;
    if (penalties && i % 4 == 2) request.sampling.frequency_penalty = 0.75f;
    out.requests.push_back(std::move(request));
    out.arrivals.push_back(static_cast<int64_t>(draw(seed, 8 * i + 4) * 30));
  }
  return out;
}

std::vector<Answer> answers_of(const Workload& workload, FakeDevice& device, Draws draws) {
  ExecutorOptions options = small_options();
  if (draws == Draws::kDevice) options.draws = device.draws_functions();
  Executor executor(device.step(), options);
  std::vector<Answer> answers(workload.requests.size());
  for (int64_t step = 0; step < 31; ++step) {
    for (size_t i = 0; i < answers.size(); ++i) {
      if (workload.arrivals[i] == step) executor.submit(workload.requests[i], record(answers[i]));
    }
    executor.step();
    executor.check();
  }
  run_until_idle(executor);
  return answers;
}

void expect_same(const std::vector<Answer>& got, const std::vector<Answer>& wanted) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(got[i].tokens, wanted[i].tokens) << i;
    ASSERT_TRUE(got[i].finish) << i;
    EXPECT_EQ(got[i].finish->reason, wanted[i].finish->reason) << i;
    EXPECT_EQ(got[i].finish->generated_tokens, wanted[i].finish->generated_tokens) << i;
    EXPECT_EQ(got[i].finishes, 1) << i;
  }
}

TEST(RunAhead, GivesTheAnswersOfTheHost) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Workload workload = random_workload(seed, false);
    FakeDevice host(small_options().limits.num_blocks), device(small_options().limits.num_blocks);
    const std::vector<Answer> wanted = answers_of(workload, host, Draws::kHost);
    expect_same(answers_of(workload, device, Draws::kDevice), wanted);
    EXPECT_EQ(device.most_in_flight, 2) << "never ahead";
    EXPECT_EQ(device.draws_in_flight, 0);
  }
}

TEST(RunAhead, ADeviceThatSeesTokensDrawsWithPenalties) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Workload workload = random_workload(seed, true);
    FakeDevice host(small_options().limits.num_blocks), device(small_options().limits.num_blocks);
    device.most_seen = kVocab;
    const std::vector<Answer> wanted = answers_of(workload, host, Draws::kHost);
    expect_same(answers_of(workload, device, Draws::kDevice), wanted);
    EXPECT_EQ(device.draws, device.steps) << "no step is the host's";
    EXPECT_EQ(device.most_in_flight, 2) << "never ahead";
  }
}

// A request that could hold more tokens than the device looks at is the host's, others are not.
TEST(RunAhead, ALongRequestWithPenaltiesIsTheHosts) {
  FakeDevice device(small_options().limits.num_blocks);
  device.most_seen = 10;
  ExecutorOptions options = small_options();
  options.draws = device.draws_functions();
  Executor executor(device.step(), options);
  Answer small, large;
  SamplingOptions sampling;
  sampling.presence_penalty = 1;
  executor.submit({.prompt = {1, 2, 3}, .sampling = sampling, .max_tokens = 7}, record(small));
  run_until_idle(executor);
  EXPECT_EQ(device.draws, device.steps);
  executor.submit({.prompt = {1, 2, 3}, .sampling = sampling, .max_tokens = 8}, record(large));
  const int64_t before = device.draws;
  run_until_idle(executor);
  EXPECT_EQ(device.draws, before);
  EXPECT_EQ(large.tokens.size(), 8u);
}

TEST(RunAhead, WithoutSeenTokensStepsWithPenaltiesAreTheHosts) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const Workload workload = random_workload(seed, true);
    FakeDevice host(small_options().limits.num_blocks), device(small_options().limits.num_blocks);
    const std::vector<Answer> wanted = answers_of(workload, host, Draws::kHost);
    expect_same(answers_of(workload, device, Draws::kDevice), wanted);
  }
}

TEST(RunAhead, ACancelledRequestLeavesTheOthersAlone) {
  for (int64_t cancel_at = 1; cancel_at < 12; ++cancel_at) {
    SCOPED_TRACE(cancel_at);
    const auto run = [&](bool cancels) {
      FakeDevice device(small_options().limits.num_blocks);
      ExecutorOptions options = small_options();
      options.draws = device.draws_functions();
      Executor executor(device.step(), options);
      std::vector<Answer> answers(3);
      std::vector<RequestId> ids;
      for (uint64_t i = 0; i < answers.size(); ++i) {
        ids.push_back(
            executor.submit({.prompt = prompt_of(i, 5), .max_tokens = 15}, record(answers[i])));
      }
      for (int64_t step = 0; step < cancel_at; ++step) executor.step();
      if (cancels) executor.cancel(ids[1]);
      run_until_idle(executor);
      return answers;
    };
    const std::vector<Answer> all = run(false), rest = run(true);
    EXPECT_EQ(rest[0].tokens, all[0].tokens);
    EXPECT_EQ(rest[2].tokens, all[2].tokens);
    EXPECT_EQ(rest[1].finish->reason, FinishReason::kCancelled);
    EXPECT_LT(rest[1].tokens.size(), all[1].tokens.size());
  }
}

TEST(RunAhead, LogitsThatAreNoNumbersEndOneRequest) {
  FakeDevice device(small_options().limits.num_blocks);
  device.poison = 60;
  ExecutorOptions options = small_options();
  options.draws = device.draws_functions();
  Executor executor(device.step(), options);
  Answer good, bad;
  executor.submit({.prompt = {1, 2, 3}, .max_tokens = 4}, record(good));
  executor.submit({.prompt = {4, 60}, .max_tokens = 4}, record(bad));
  run_until_idle(executor);
  EXPECT_EQ(bad.finish->reason, FinishReason::kError);
  EXPECT_TRUE(bad.tokens.empty());
  EXPECT_EQ(good.finish->reason, FinishReason::kLength);
}

TEST(RunAhead, AFaultOfTheDeviceEndsAllOnce) {
  for (int64_t fault = 0; fault < 8; ++fault) {
    SCOPED_TRACE(fault);
    FakeDevice device(small_options().limits.num_blocks);
    device.fail_at_step = fault;
    ExecutorOptions options = small_options();
    options.draws = device.draws_functions();
    Executor executor(device.step(), options);
    Answer one, two;
    executor.submit({.prompt = prompt_of(1, 4), .max_tokens = 20}, record(one));
    executor.submit({.prompt = prompt_of(2, 4), .max_tokens = 20}, record(two));
    run_until_idle(executor);
    for (const Answer* answer : {&one, &two}) {
      EXPECT_EQ(answer->finishes, 1);
      EXPECT_EQ(answer->finish->reason, FinishReason::kError);
    }
  }
}

}  // namespace
}  // namespace lathe::runtime
