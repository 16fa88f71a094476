// SPDX-License-Identifier: Apache-2.0
// Sessions and weights on a GPU that is host memory: what is copied where, what is launched, and
// what is said when something fails.
#include <cmath>

#include "lathe/exec/cuda/test_session.h"
#include "lathe/ops/linear.h"

namespace lathe::exec {
namespace {

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

TEST_F(CudaSession, GenerationStepsAreGraphsAndOthersAreNot) {
  fake.kernels["embedding_8"] = look_up<DType::kF32>;
  Session session(
      load(drawing_echo(), fake, kTable),
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

// Kernels may read step inputs before they wait for the one before (promise 1 of
// kernels/README.md).
TEST_F(CudaSession, NothingOfACapturedStepBeginsBeforeItsInputsAreThere) {
  Session session(
      load(drawing_echo(), fake, kTable),
      {.limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  session.run(step_of({5}, {0, 1}).views);
  ASSERT_EQ(fake.launched, (std::vector<std::string>{"take", "embedding_8"}));
  EXPECT_EQ(fake.launches[1].config.overlap, cuda::Overlap::kNone);
  session.run(step_of({5, 6}, {0, 2}).views);
  ASSERT_EQ(fake.launched.back(), "embedding_8");
  EXPECT_EQ(fake.launches.back().config.overlap, cuda::Overlap::kProgrammatic);
}

TEST_F(CudaSession, DrawsNothingWithoutASampler) {
  Session session(
      load(echo(), fake, kTable),
      {.limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  EXPECT_FALSE(session.can_draw());
  session.run(step_of({3}, {0, 1}).views);
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 0) << "its code takes a graph's inputs in";
  EXPECT_EQ(last(session.output("logits")), 3);
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

TEST_F(CudaSession, BitsThatAKernelDoesNotKeepAreRefusedBeforeMemoryIsTaken) {
  const auto load_fixed = [&](TestPlan plan) {
    engine::EngineData data;
    data.manifest.plans = {plan.plan()};
    data.code.cubins = {{"code", FakeGpu::cubin()}};
    LoadOptions options;
    options.gpu = fake.open();
    options.bits = Bits::kFixed;
    return Engine::from_memory(std::move(data), memory_rows({{"w", kWeight}}), options);
  };
  TestPlan two = two_norms();
  two.choose(16, "rms_norm.cuda.any", two.plan().steps.back().inputs);
  EXPECT_EQ(error_of([&] { load_fixed(two); }),
            "--deterministic: step 1 (rms_norm): rms_norm.cuda.any serves up to 16 tokens, "
            "rms_norm.cuda.rows more; leave it out, or run an engine that `lathe build --target "
            "cpu` wrote");
  EXPECT_EQ(fake.most_used, 0u);
  EXPECT_EQ(load_fixed(two_norms())->bits(), Bits::kFixed);
}

TEST_F(CudaSession, RunsTheKernelThatKeepsBitsInPlaceOfTheTables) {
  TestPlan two = two_norms();
  engine::ChoiceTable& table = two.plan().steps.back().kernels[0];
  table.fixed_bits = table.choices[0];
  two.choose(16, "rms_norm.cuda.any", two.plan().steps.back().inputs);
  table.choices[0].code = "code";
  const auto engine = load(two, fake);
  fake.kernels["rms_norm_any"] = [](FakeGpu::Launch&) {};
  const auto launched = [&](Bits bits) {
    Session session(engine, {.limits = {{"tokens", 4}}, .bits = bits});
    fake.launched.clear();
    session.run({{"x", x.view()}});
    return fake.launched.back();
  };
  EXPECT_EQ(launched(Bits::kFastest), "rms_norm_any");
  EXPECT_EQ(launched(Bits::kFixed), "rms_norm");
}

// Of the vocabulary's product: a context of many tokens may ask for the logits of one.
TEST_F(CudaSession, AProductsKernelGoesByItsOwnRows) {
  const ops::WeightFormatDesc format{.code_dtype = DType::kBf16};
  TestPlan plan(kGpu);
  plan.input("token_ids", TensorType::parse("i32[tokens]"));
  const int hidden = plan.input("x", TensorType::parse("bf16[logit_rows, 64]"));
  const int w = plan.weight("w", {128, 64}, format);
  const int packed = plan.weight("w", {128, 64}, format, "mma");
  plan.output("y", plan.step(ops::Linear{.format = format}, {hidden, w}));
  std::vector<engine::KernelChoice>& choices = plan.plan().steps[0].kernels[0].choices;
  choices.assign(
      2, {.kernel = "linear.cuda.sm90.tile256", .inputs = {hidden, packed}, .code = "code"});
  choices[0].up_to_tokens = 8;
  choices[0].kernel = "linear.cuda.sm90.few";
  Session session(load(plan, fake, Tensor(DType::kBf16, {128, 64})),
                  {.limits = {{"tokens", 512}, {"logit_rows", 512}}});
  const Tensor ids(DType::kI32, {300});
  const auto launched = [&](int64_t rows) {
    const Tensor input(DType::kBf16, {rows, 64});
    session.run({{"token_ids", ids.view()}, {"x", input.view()}});
    return fake.launched.back();
  };
  EXPECT_EQ(launched(1), "linear_1");
  EXPECT_EQ(launched(8), "linear_8");
  EXPECT_EQ(launched(200), "linear_tile_256");
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
