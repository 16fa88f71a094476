// SPDX-License-Identifier: Apache-2.0
// Sessions and weights on a GPU that is host memory: what is copied where, what is launched, and
// what is said when something fails.
#include <gtest/gtest.h>

#include <cmath>

#include "lathe/exec/session.h"
#include "lathe/exec/session_memory.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/step_inputs.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

using testing::error_of;
using testing::FakeGpu;

constexpr int64_t kColumns = 8;
constexpr kernels::Target kGpu = {.device = DeviceKind::kCuda, .isa = {}, .sm = 90};

void give_kernel(TestPlan& plan, std::string_view kernel) {
  for (engine::PlanStep& step : plan.plan().steps) {
    step.kernels[0].choices[0].kernel = kernel;
    step.kernels[0].choices[0].code = "code";
  }
}

// As rms_norm.cuda.rows passes them.
struct NormParameters {
  const void* x;
  const void* residual;
  const void* weight;
  void* sum;
  void* y;
};

// y = x * weight: what a norm does to a row of ones, near enough for a test.
void scale_rows(FakeGpu::Launch& launch) {
  const auto& p = launch.as<NormParameters>();
  for (int64_t i = 0; i < launch.config.grid.x * kColumns; ++i) {
    store_element(
        p.y, DType::kBf16, i,
        load_element(p.x, DType::kBf16, i) * load_element(p.weight, DType::kBf16, i % kColumns));
  }
}

// z = norm(norm(x)), for a GPU.
TestPlan two_norms() {
  TestPlan plan(kGpu);
  const int x = plan.input("x", TensorType::parse("bf16[tokens, 8]"));
  const int w = plan.weight("w", {kColumns}, {.code_dtype = DType::kBf16});
  const int y = plan.step(ops::RmsNorm{}, {x, w});
  const int z = plan.step(ops::RmsNorm{}, {y, w});
  plan.output("z", z);
  plan.output("x again", x);
  give_kernel(plan, "rms_norm.cuda.rows");
  return plan;
}

// As embedding.cuda.rows passes them.
struct EmbeddingParameters {
  const int32_t* ids;
  const void* table;
  void* y;
};

// Row i of the table is all i.
void look_up(FakeGpu::Launch& launch) {
  const auto& p = launch.as<EmbeddingParameters>();
  for (int64_t i = 0; i < launch.config.grid.x * kColumns; ++i) {
    const int64_t row = i / kColumns;
    store_element(p.y, DType::kBf16, i, p.ids[row]);
  }
}

// A "language model" whose logits are its tokens.
TestPlan echo(DType dtype = DType::kBf16) {
  TestPlan plan(kGpu);
  int ids = -1;
  for (const ops::StepInput& input : ops::step_inputs()) {
    const int value = plan.input(input.name, input.type);
    if (input.name == "token_ids") ids = value;
  }
  const int table = plan.weight("w", {16, kColumns}, {.code_dtype = DType::kBf16});
  const int y = plan.step(ops::Embedding{.format = {.code_dtype = DType::kBf16}, .dtype = dtype},
                          {ids, table});
  plan.output("logits", y);
  give_kernel(plan, "embedding.cuda.rows");
  return plan;
}

Tensor halves(std::vector<int64_t> sizes, const std::vector<float>& values) {
  return Tensor::from<float>(DType::kF32, std::move(sizes), values).to(DType::kBf16);
}
const Tensor kWeight = halves({kColumns}, {1, 2, 3, 4, 5, 6, 7, 8});

std::shared_ptr<const Engine> load(TestPlan plan, const FakeGpu& fake, Tensor weight = kWeight) {
  engine::EngineData data;
  data.manifest.plans = {plan.plan()};
  data.code.cubins = {{"code", FakeGpu::cubin()}};
  LoadOptions options;
  options.threads = 2;
  options.gpu = fake.open();
  return Engine::from_memory(std::move(data), memory_rows({{"w", std::move(weight)}}), options);
}

class CudaSession : public ::testing::Test {
 protected:
  CudaSession() {
    fake.kernels["rms_norm"] = scale_rows;
    fake.kernels["embedding"] = look_up;
  }
  double last(const TensorView& view) const {
    return load_element(view.data, view.dtype, view.num_elements() - 1);
  }
  FakeGpu fake;
  const Tensor x = halves({2, kColumns}, std::vector<float>(16, 1));
};

TEST_F(CudaSession, RunsStepsOnTheDevice) {
  const auto engine = load(two_norms(), fake);
  EXPECT_EQ(engine->device().name, "Fake");
  Session session(engine, {.limits = {{"tokens", 4}}});
  session.run({{"x", x.view()}});
  EXPECT_EQ(fake.launched, (std::vector<std::string>{"rms_norm", "rms_norm"}));
  const TensorView z = session.output("z");
  EXPECT_EQ(z.size(0), 2);
  EXPECT_EQ(last(z), 64);
  EXPECT_EQ(last(session.output("x again")), 1);
  EXPECT_EQ(error_of([&] {
              session.run({{"x", Tensor(DType::kBf16, {5, kColumns}).view()}});
            }),
            "tokens: the step has 5, this run is limited to 4");
}

TEST_F(CudaSession, FetchesAResultOnceAStep) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  session.run({{"x", x.view()}});
  const int before = fake.calls["cuMemcpyAsync"];
  (void)session.output("z");
  (void)session.output("z");
  EXPECT_EQ(fake.calls["cuMemcpyAsync"], before + 1);
  const Tensor twos = halves({1, kColumns}, std::vector<float>(8, 2));
  session.run({{"x", twos.view()}});
  EXPECT_EQ(last(session.output("z")), 128);
}

TEST_F(CudaSession, TapsSeeHostCopiesButNoWeights) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  std::vector<double> seen;
  session.set_tap(
      [&](size_t, std::span<const TensorView> inputs, std::span<const TensorView> outputs) {
        seen.push_back(last(inputs[0]));
        seen.push_back(last(outputs[0]));
        EXPECT_EQ(inputs[1].data, nullptr);
      });
  session.run({{"x", x.view()}});
  EXPECT_EQ(seen, (std::vector<double>{1, 8, 8, 64}));
}

TEST_F(CudaSession, PlantsGrowResults) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}, .plant = {"rms_norm"}});
  session.run({{"x", x.view()}});
  EXPECT_NEAR(last(session.output("z")), 64 * 1.01 * 1.01, 0.3);
}

// The inputs of a step of sequences with so many tokens each.
struct StepInputs {
  std::vector<Tensor> memory;
  std::vector<NamedView> views;
  void add(std::string_view name, std::vector<int64_t> sizes, const std::vector<int32_t>& values) {
    memory.push_back(Tensor::from<int32_t>(DType::kI32, std::move(sizes), values));
    views.push_back({name, memory.back().view()});
  }
};

StepInputs step_of(const std::vector<int32_t>& tokens, const std::vector<int32_t>& starts) {
  const auto count = static_cast<int64_t>(tokens.size());
  const auto sequences = static_cast<int64_t>(starts.size()) - 1;
  const auto n = static_cast<size_t>(sequences);
  StepInputs step;
  step.add("token_ids", {count}, tokens);
  step.add("positions", {count}, std::vector<int32_t>(tokens.size(), 0));
  step.add("lengths", {count}, std::vector<int32_t>(tokens.size(), 1));
  step.add("cu_q_lengths", {sequences + 1}, starts);
  step.add("kv_lengths", {sequences}, std::vector<int32_t>(n, 1));
  step.add("block_tables", {sequences, 1}, std::vector<int32_t>(n, 0));
  step.add("logit_rows", {sequences}, std::vector<int32_t>(n, 0));
  return step;
}

TEST_F(CudaSession, GenerationStepsAreGraphsAndOthersAreNot) {
  Session session(
      load(echo(), fake, halves({16, kColumns}, std::vector<float>(16 * kColumns, 0))),
      {.limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  EXPECT_TRUE(fake.launched.empty());
  const auto ids_of = [&](const StepInputs& step) {
    session.run(step.views);
    const TensorView logits = session.output("logits");
    std::vector<double> out;
    for (int64_t row = 0; row < logits.size(0); ++row) {
      out.push_back(load_element(logits.data, logits.dtype, row * kColumns));
    }
    return out;
  };
  EXPECT_EQ(ids_of(step_of({7, 8, 9}, {0, 1, 2, 3})), (std::vector<double>{7, 8, 9}));
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 1);
  EXPECT_EQ(ids_of(step_of({1, 2, 3, 4, 5}, {0, 1, 5})), (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 1);
  EXPECT_EQ(ids_of(step_of({5}, {0, 1})), (std::vector<double>{5}));
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 2);
  int taps = 0;
  session.set_tap([&](auto&&...) { ++taps; });
  EXPECT_EQ(ids_of(step_of({6}, {0, 1})), (std::vector<double>{6}));
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 2);
  EXPECT_EQ(taps, 1);
}

// As the sampler's source takes them.
struct SampleParameters {
  const float* logits;
  const kernels::SampleRow* options;
  const int32_t* positions;
  int32_t* tokens;
  int32_t vocab;
};
struct FeedParameters {
  int32_t* ids;
  const int32_t* drawn;
  int32_t count;
};

// Draws the row's first logit, plus top_k, plus 100 times the position. So a token tells where it
// is from.
void draw_rows(FakeGpu::Launch& launch) {
  const auto& p = launch.as<SampleParameters>();
  for (int64_t row = 0; row < launch.config.grid.y; ++row) {
    p.tokens[row] = static_cast<int32_t>(p.logits[row * p.vocab]) + p.options[row].top_k +
                    100 * p.positions[row];
  }
}

void feed_ids(FakeGpu::Launch& launch) {
  const auto& p = launch.as<FeedParameters>();
  for (int32_t i = 0; i < p.count; ++i) {
    if (p.ids[i] < 0) p.ids[i] = p.drawn[~p.ids[i]];
  }
}

class CudaDraws : public CudaSession {
 protected:
  CudaDraws() {
    fake.kernels["sample"] = draw_rows;
    fake.kernels["feed"] = feed_ids;
    fake.kernels["embedding"] = [](FakeGpu::Launch& launch) {
      const auto& p = launch.as<EmbeddingParameters>();
      for (int64_t i = 0; i < launch.config.grid.x * kColumns; ++i) {
        const int64_t row = i / kColumns;
        store_element(p.y, DType::kF32, i, p.ids[row]);
      }
    };
    TestPlan plan = echo(DType::kF32);
    plan.plan().sampler = "code";
    session.emplace(
        load(plan, fake, halves({16, kColumns}, std::vector<float>(16 * kColumns, 0))),
        SessionOptions{
            .limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  }
  using Tokens = std::vector<int32_t>;
  DrawTicket draw(const StepInputs& step, std::vector<RowDraw> rows) {
    return session->run_and_draw(step.views, rows);
  }
  Tokens tokens(DrawTicket ticket) const {
    const std::span<const int32_t> drawn = session->drawn(ticket);
    return {drawn.begin(), drawn.end()};
  }
  std::optional<Session> session;
};

// kv_lengths of step_of are 1 for each generation.
TEST_F(CudaDraws, AGraphDrawsAndFeedsTheNext) {
  ASSERT_TRUE(session->can_draw());
  const DrawTicket first = draw(step_of({7, 8, 9}, {0, 1, 2, 3}), {{.top_k = 1}, {}, {.top_k = 3}});
  const StepInputs swapped = step_of({drawn_token(2), 4, drawn_token(0)}, {0, 1, 2, 3});
  const DrawTicket second = draw(swapped, {{.top_k = 1}, {}, {.top_k = 3}});
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 2);
  EXPECT_EQ(tokens(first), (Tokens{108, 108, 112}));
  EXPECT_EQ(tokens(second), (Tokens{213, 104, 211}));
}

TEST_F(CudaDraws, OptionsAreSentWhereTheyChange) {
  draw(step_of({7, 8}, {0, 1, 2}), {{.top_k = 1}, {.top_k = 2}});
  const int before = fake.calls["cuMemcpyAsync"];
  draw(step_of({7, 8}, {0, 1, 2}), {{.top_k = 1, .position = 5}, {.top_k = 2}});
  EXPECT_EQ(fake.calls["cuMemcpyAsync"], before + 2) << "inputs and tokens";
  EXPECT_EQ(tokens(draw(step_of({7, 8}, {0, 1, 2}), {{.top_k = 5}, {.top_k = 2}})),
            (Tokens{112, 110}));
  EXPECT_EQ(fake.calls["cuMemcpyAsync"], before + 5) << "options too";
}

TEST_F(CudaDraws, AContextDrawsAtThePositionsOfItsRows) {
  const DrawTicket ticket =
      draw(step_of({1, 2, 3, 4, 5}, {0, 1, 5}), {{.position = 1}, {.position = 4}});
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 0);
  EXPECT_EQ(tokens(ticket), (Tokens{101, 402}));
}

TEST_F(CudaDraws, RefusesTokensOfRowsThatWereNotDrawn) {
  const StepInputs third = step_of({drawn_token(2)}, {0, 1});
  const std::string refusal = "input 'token_ids' at 0: expected an id below 16, got -3";
  EXPECT_EQ(error_of([&] { draw(third, {{}}); }), refusal);
  draw(step_of({7, 8}, {0, 1, 2}), {{}, {}});
  EXPECT_EQ(error_of([&] { draw(third, {{}}); }), refusal);
  draw(step_of({7, 8, 9}, {0, 1, 2, 3}), {{}, {}, {}});
  EXPECT_EQ(tokens(draw(third, {{}})), (Tokens{209}));
}

TEST_F(CudaDraws, TokensAreKeptForTwoDraws) {
  const StepInputs step = step_of({3}, {0, 1});
  const DrawTicket first = draw(step, {{}});
  draw(step, {{}});
  EXPECT_EQ(tokens(first), (Tokens{103}));
  draw(step, {{}});
  EXPECT_THROW(tokens(first), Error);
  EXPECT_EQ(error_of([&] {
              draw(step, {{}, {}});
            }),
            "expected a draw for each of the 1 logit_rows, got 2");
  const StepInputs seven = step_of({1, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(error_of([&] { draw(seven, std::vector<RowDraw>(7)); }),
            "logit_rows: the step has 7, this run is limited to 6");
}

TEST_F(CudaSession, DrawsNothingWithoutASampler) {
  Session session(
      load(echo(), fake, halves({16, kColumns}, std::vector<float>(16 * kColumns, 0))),
      {.limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  EXPECT_FALSE(session.can_draw());
  const RowDraw row[1] = {};
  EXPECT_EQ(error_of([&] {
              session.run_and_draw(step_of({3}, {0, 1}).views, row);
            }),
            "this device draws no tokens; sample from the logits");
}

TEST_F(CudaSession, GivesAllMemoryBack) {
  {
    Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
    EXPECT_GT(fake.memory_used, 0u);
  }
  EXPECT_TRUE(fake.all_freed());
}

TEST_F(CudaSession, SaysWhatItNeedsBeforeItTakesIt) {
  FakeGpu small({.memory_bytes = 160 << 20, .compute_major = 9});
  const auto engine = load(two_norms(), small);
  const size_t used = small.memory_used;
  const std::string message = error_of([&] {
    Session(engine, {.limits = {{"tokens", int64_t{1} << 24}}});
  });
  EXPECT_EQ(message.find("the run needs "), 0u) << message;
  EXPECT_NE(message.find("arena "), std::string::npos) << message;
  EXPECT_NE(message.find("--max-num-tokens"), std::string::npos) << message;
  EXPECT_EQ(small.memory_used, used);
}

TEST_F(CudaSession, RefusesWeightsThatDoNotFit) {
  const FakeGpu tiny({.memory_bytes = 100, .compute_major = 9});
  EXPECT_EQ(error_of([&] { load(two_norms(), tiny); }),
            "the weights of plan 'test' need 256 bytes; cuda:0 (Fake) has 100 of 100 bytes free");
}

TEST_F(CudaSession, LaunchErrorsNameStepKernelEntryAndDevice) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  fake.results["cuLaunchKernelEx"] = 701;
  EXPECT_EQ(error_of([&] {
              session.run({{"x", x.view()}});
            }),
            "step 0 (rms_norm): rms_norm.cuda.rows: cuLaunchKernelEx of rms_norm on cuda:0 (Fake): "
            "CUDA_ERROR_FAKE (701): a fake error");
}

TEST_F(CudaSession, AStickyErrorEndsTheDevice) {
  Session session(load(two_norms(), fake), {.limits = {{"tokens", 4}}});
  session.run({{"x", x.view()}});
  fake.results["cuStreamSynchronize"] = 700;
  EXPECT_NE(error_of([&] { (void)session.output("z"); }).find("running a step: "),
            std::string::npos);
  fake.results.clear();
  const std::string later = error_of([&] { session.run({{"x", x.view()}}); });
  EXPECT_EQ(later.find("cuda:0 is lost since an earlier error: cuStreamSynchronize"), 0u) << later;
}

// A fault shows in whatever waits next; every call of the session answers with it from then on.
TEST_F(CudaDraws, AFaultAnswersEveryCallWithKernelAndDevice) {
  fake.faulty = {"sample", 700};
  const DrawTicket ticket = draw(step_of({7, 8}, {0, 1, 2}), {{}, {}});
  const std::string first = error_of([&] { tokens(ticket); });
  EXPECT_EQ(first.find("running a step: cuEventSynchronize"), 0u) << first;
  for (const std::string_view part : {"cuda:0 (Fake)", "(700)", "launched last: a graph of 3"}) {
    EXPECT_NE(first.find(part), std::string::npos) << first;
  }
  const auto expect_lost = [&](const std::string& message) {
    EXPECT_NE(message.find("cuda:0 is lost since an earlier error: cuEventSynchronize"),
              std::string::npos)
        << message;
  };
  const StepInputs context = step_of({1, 2, 3}, {0, 1, 3}), one = step_of({1}, {0, 1});
  expect_lost(error_of([&] { session->run(context.views); }));
  expect_lost(error_of([&] { session->run(one.views); }));
  expect_lost(error_of([&] { draw(one, {{}}); }));
  expect_lost(error_of([&] { (void)session->output("logits"); }));
  expect_lost(error_of([&] { tokens(ticket); }));
}

TEST_F(CudaSession, ARunThatCannotFitIsRefusedBeforeItsWeightsAreLoaded) {
  engine::EngineData data;
  data.manifest.plans = {two_norms().plan()};
  data.code.cubins = {{"code", FakeGpu::cubin()}};
  LoadOptions options;
  options.gpu = fake.open();
  int64_t to_load = 0;
  options.before_weights = [&](const Engine& engine) {
    to_load = engine.bytes_to_load();
    check_memory(engine, {.limits = {{"tokens", int64_t{1} << 32}}});
  };
  const std::string message = error_of([&] {
    Engine::from_memory(std::move(data), memory_rows({{"w", kWeight}}), options);
  });
  EXPECT_EQ(to_load, 256);
  EXPECT_NE(message.find("weights 256, arena "), std::string::npos) << message;
  EXPECT_EQ(fake.most_used, 0u);
}

TEST_F(CudaSession, LoadedWeightsAreNotCountedAgain) {
  const auto engine = load(two_norms(), fake);
  EXPECT_EQ(engine->bytes_to_load(), 0);
  const SessionOptions options{.limits = {{"tokens", 4}}};
  const RunMemory needs = session_memory(*engine, options);
  EXPECT_EQ(needs.weights, 0);
  const size_t before = fake.memory_used;
  const Session session(engine, options);
  EXPECT_EQ(static_cast<int64_t>(fake.memory_used - before), needs.total());
}

TEST_F(CudaSession, BitsThatDoNotDependOnTheBatchAreRefusedBeforeMemoryIsTaken) {
  engine::EngineData data;
  data.manifest.plans = {two_norms().plan()};
  data.code.cubins = {{"code", FakeGpu::cubin()}};
  LoadOptions options;
  options.gpu = fake.open();
  options.bits = Bits::kFixed;
  const std::string message = error_of([&] {
    Engine::from_memory(std::move(data), memory_rows({{"w", kWeight}}), options);
  });
  EXPECT_EQ(message.find("--deterministic: a GPU's bits still depend on the batch"), 0u) << message;
  EXPECT_EQ(fake.most_used, 0u);
}

TEST_F(CudaSession, AnEngineForAGpuAloneDoesNotRunOnACpu) {
  engine::EngineData data;
  data.manifest.plans = {two_norms().plan()};
  LoadOptions options;
  options.device = DeviceChoice{DeviceKind::kCpu, 0};
  EXPECT_EQ(error_of([&] {
              Engine::from_memory(std::move(data), memory_rows({{"w", kWeight}}), options);
            }),
            "the engine has kernels for a GPU alone, not for a CPU; rebuild it with `lathe build "
            "--target cpu`");
}

}  // namespace
}  // namespace lathe::exec
