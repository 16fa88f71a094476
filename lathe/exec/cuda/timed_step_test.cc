// SPDX-License-Identifier: Apache-2.0
// Steps that are timed kernel by kernel, by the fake GPU's clock.
#include <algorithm>

#include "lathe/exec/cuda/test_session.h"
#include "lathe/ops/layout.h"

namespace lathe::exec {
namespace {

class TimedStep : public CudaSession {
 protected:
  TimedStep() { fake.kernels["embedding_8"] = look_up<DType::kF32>; }

  static std::unique_ptr<Session> drawing_session(const FakeGpu& gpu) {
    return std::make_unique<Session>(
        load(drawing_echo(), gpu, kTable),
        SessionOptions{
            .limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  }
  static double first_logit(const Session& session) {
    const TensorView logits = session.output("logits");
    return load_element(logits.data, logits.dtype, 0);
  }
  // How often something happens in `work`.
  int count(const std::string& call, const std::function<void()>& work) {
    const int before = fake.calls[call];
    work();
    return fake.calls[call] - before;
  }
};

TEST_F(TimedStep, EachStepTakesWhatItsKernelDoes) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  fake.kernel_ms["rms_norm"] = 0.25f;
  fake.elapsed_ms = 0.125f;  // of an event
  EXPECT_EQ(session.run_timed({{"x", x.view()}}).us, (std::vector<double>{375, 375}));
  EXPECT_EQ(last(session.output("z")), 64);
}

TEST_F(TimedStep, TheHostWaitsAtTheEndAlone) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  fake.log.clear();
  session.run_timed({{"x", x.view()}});
  const auto launch = std::find(fake.log.rbegin(), fake.log.rend(), "cuLaunchKernelEx");
  const auto one_before = std::find(launch + 1, fake.log.rend(), "cuLaunchKernelEx");
  ASSERT_NE(one_before, fake.log.rend());
  EXPECT_EQ(std::find(launch, one_before, "cuEventSynchronize"), one_before);
  EXPECT_EQ(std::count(fake.log.rbegin(), launch, "cuEventSynchronize"), 1);
}

TEST_F(TimedStep, SaysWhetherTheHostWasAhead) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  EXPECT_FALSE(session.run_timed({{"x", x.view()}}).host_was_ahead) << "done when enqueued";
  fake.results["cuEventQuery"] = 600;  // not ready
  EXPECT_TRUE(session.run_timed({{"x", x.view()}}).host_was_ahead);
}

TEST_F(TimedStep, EventsAreMadeOnceAndGivenBack) {
  const auto engine = load(two_norms(), fake);
  Session session(engine, {.limits = {{"tokens", 4}}});
  EXPECT_EQ(count("cuEventCreate", [&] { session.run_timed({{"x", x.view()}}); }), 3);
  EXPECT_EQ(count("cuEventCreate", [&] { session.run_timed({{"x", x.view()}}); }), 0);
}

TEST_F(TimedStep, IsNoGraphBetweenGraphs) {
  const auto session = drawing_session(fake);
  fake.kernel_ms["embedding_8"] = 0.5f;
  const auto run = [&](int32_t id) { session->run(step_of({id}, {0, 1}).views); };
  const auto graphs = [&](const std::function<void()>& work) {
    return count("cuGraphLaunch", work);
  };
  EXPECT_EQ(graphs([&] { run(3); }), 1);
  StepTimes times;
  EXPECT_EQ(graphs([&] {
              times = session->run_timed(step_of({5}, {0, 1}).views);
            }),
            2)
      << "the steps ahead";
  EXPECT_EQ(times.us, std::vector<double>{500});
  EXPECT_EQ(first_logit(*session), 5);
  EXPECT_EQ(graphs([&] { run(7); }), 1);
  EXPECT_EQ(first_logit(*session), 7);
}

TEST_F(TimedStep, ATapSeesNothingOfItAndAllThatFollows) {
  const auto session = drawing_session(fake);
  int taps = 0;
  session->set_tap([&](auto&&...) { ++taps; });
  session->run_timed(step_of({5}, {0, 1}).views);
  EXPECT_EQ(taps, 0);
  session->run(step_of({6}, {0, 1}).views);
  EXPECT_EQ(taps, 1);
  EXPECT_EQ(first_logit(*session), 6);
}

TEST_F(TimedStep, ADrawFollowsItAsEver) {
  const auto session = drawing_session(fake);
  session->run_timed(step_of({5}, {0, 1}).views);
  const RowDraw row[1] = {};
  const StepInputs step = step_of({2}, {0, 1});
  EXPECT_EQ(count("cuGraphLaunch", [&] { session->run_and_draw(step.views, row); }), 1);
  EXPECT_EQ(fake.launched.back(), "sample");
}

TEST_F(TimedStep, ContextsAreTimedToo) {
  const auto session = drawing_session(fake);
  fake.kernel_ms["embedding_8"] = 0.5f;
  const StepInputs step = step_of({5, 6, 7}, {0, 3});
  EXPECT_EQ(session->run_timed(step.views).us, std::vector<double>{500});
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 0);
}

TEST_F(TimedStep, WhatAGraphLeavesOutTakesNoTime) {
  TestPlan plan(kGpu);
  std::map<std::string_view, int> inputs;
  for (const ops::StepInput& input : ops::step_inputs()) {
    inputs[input.name] = plan.input(input.name, input.type);
  }
  const int table = plan.weight("w", {16, kColumns}, {.code_dtype = DType::kBf16});
  const int y =
      plan.step(ops::Embedding{.format = {.code_dtype = DType::kBf16}, .dtype = DType::kF32},
                {inputs["token_ids"], table});
  const int rows = plan.step(ops::Gather{}, {y, inputs["logit_rows"]});  // all, in a generation
  plan.output("logits", plan.step(ops::Gather{}, {rows, inputs["kv_lengths"]}));
  give_kernel(plan, "gather.cuda.rows");
  plan.plan().steps[0].kernels[0].choices[0].kernel = "embedding.cuda.rows";
  plan.plan().sampler = "code";
  Session session(
      load(plan, fake, kTable),
      {.limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  fake.kernel_ms = {{"embedding_8", 0.5f}, {"gather_16", 0.25f}};
  fake.elapsed_ms = 0.125f;
  EXPECT_EQ(session.run_timed(step_of({5}, {0, 1}).views).us, (std::vector<double>{625, 0, 375}));
  EXPECT_EQ(session.run_timed(step_of({5, 6}, {0, 2}).views).us,
            (std::vector<double>{625, 375, 375}));
}

TEST_F(TimedStep, ChecksItsInputsAsARunDoes) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  const Tensor much(DType::kBf16, {5, kColumns});
  EXPECT_EQ(error_of([&] {
              session.run_timed({{"x", much.view()}});
            }),
            "tokens: the step has 5, this run is limited to 4");
}

TEST_F(TimedStep, SaysWhatFailedOnTheDevice) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  fake.faulty = {"rms_norm", 719};
  const std::string message = error_of([&] { session.run_timed({{"x", x.view()}}); });
  EXPECT_NE(message.find(" on cuda:0 (Fake): CUDA_ERROR_FAKE (719)"), std::string::npos) << message;
}

}  // namespace
}  // namespace lathe::exec
