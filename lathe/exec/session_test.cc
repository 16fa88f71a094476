// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/session.h"

#include <gtest/gtest.h>

#include "lathe/ops/attention.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/linear.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

using testing::error_of;

Tensor floats(std::vector<int64_t> sizes, std::vector<float> values) {
  return Tensor::from<float>(DType::kF32, std::move(sizes), values);
}
Tensor integers(std::vector<int64_t> sizes, std::vector<int32_t> values) {
  return Tensor::from<int32_t>(DType::kI32, std::move(sizes), values);
}
std::vector<float> values_of(const TensorView& view) {
  return {view.as<float>(), view.as<float>() + view.num_elements()};
}

// y = -(x W^T), and the same numbers in one row.
TestPlan small_plan() {
  TestPlan plan;
  const int x = plan.input("x", TensorType::parse("f32[tokens, 2]"));
  const int w = plan.weight("w", {3, 2});
  const int h = plan.step(ops::Linear{}, {x, w});
  const int y = plan.step(ops::Unary{ops::UnaryKind::kNeg}, {h});
  plan.output("y", y);
  plan.output("row", plan.alias(y, TensorType::parse("f32[3*tokens]")));
  plan.output("same", plan.alias(x, TensorType::parse("f32[2*tokens]")));
  return plan;
}
const Tensor kW = floats({3, 2}, {1, 0, 0, 1, 1, 1});

TEST(Session, TimesEachStepPastTheTap) {
  Session session(small_plan().load({{"w", kW}}), {.limits = {{"tokens", 4}}});
  int taps = 0;
  session.set_tap([&](auto&&...) { ++taps; });
  const Tensor x = floats({2, 2}, {1, 2, 3, 4});
  const StepTimes times = session.run_timed({{"x", x.view()}});
  ASSERT_EQ(times.us.size(), 2u);
  EXPECT_TRUE(times.us[0] > 0 && times.us[1] > 0);
  EXPECT_TRUE(times.host_was_ahead);
  EXPECT_EQ(taps, 0);
  EXPECT_EQ(values_of(session.output("y")), (std::vector<float>{-1, -2, -3, -3, -4, -7}));
}

TEST(Session, RunsStepsAndAliases) {
  Session session(small_plan().load({{"w", kW}}), {.limits = {{"tokens", 4}}});
  const Tensor x = floats({2, 2}, {1, 2, 3, 4});
  session.run({{"x", x.view()}});
  const std::vector<float> expected = {-1, -2, -3, -3, -4, -7};
  EXPECT_EQ(values_of(session.output("y")), expected);
  EXPECT_EQ(session.output("y").size(0), 2);
  EXPECT_EQ(values_of(session.output("row")), expected);
  EXPECT_EQ(session.output("row").rank, 1);
  EXPECT_EQ(error_of([&] { session.output("z"); }), "the plan has no output 'z'");
}

TEST(Session, FollowsInputsThatMoveOrChangeSize) {
  Session session(small_plan().load({{"w", kW}}), {.limits = {{"tokens", 4}}});
  const Tensor first = floats({1, 2}, {1, 2});
  const Tensor second = floats({1, 2}, {5, 6});
  const Tensor third = floats({3, 2}, {0, 1, 2, 3, 4, 5});
  for (const Tensor& x : {first, second, third, first}) {
    session.run({{"x", x.view()}});
    EXPECT_EQ(values_of(session.output("same")), values_of(x.view()));
    EXPECT_EQ(session.output("y").size(0), x.size(0));
    EXPECT_EQ(values_of(session.output("y"))[0], -x.values<float>()[0]);
  }
  // A refused step between two good ones leaves nothing stale.
  EXPECT_NE(error_of([&] { session.run({{"x", second.view()}, {"z", second.view()}}); }), "");
  session.run({{"x", second.view()}});
  EXPECT_EQ(values_of(session.output("same")), values_of(second.view()));
  first.values<float>()[0] = 9;  // same memory, other values
  session.run({{"x", first.view()}});
  EXPECT_EQ(values_of(session.output("y"))[0], -9);
}

TEST(Session, RefusesWrongInputs) {
  Session session(small_plan().load({{"w", kW}}), {.limits = {{"tokens", 4}}});
  const Tensor x = floats({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(error_of([&] { session.run({}); }), "input 'x' is missing, expected f32[tokens, 2]");
  EXPECT_EQ(error_of([&] {
              session.run({{"x", Tensor(DType::kF32, {2, 3}).view()}});
            }),
            "input 'x': expected a contiguous f32[tokens, 2], got f32[2, 3]");
  EXPECT_EQ(error_of([&] {
              session.run({{"x", Tensor(DType::kI32, {2, 2}).view()}});
            }),
            "input 'x': expected a contiguous f32[tokens, 2], got i32[2, 2]");
  EXPECT_EQ(error_of([&] {
              session.run({{"x", x.view()}, {"z", x.view()}});
            }),
            "the plan has 1 inputs, got 2");
  EXPECT_EQ(error_of([&] {
              session.run({{"x", Tensor(DType::kF32, {5, 2}).view()}});
            }),
            "tokens: the step has 5, this run is limited to 4");
}

TEST(Session, RefusesMissingLimitsAndTooMuchMemory) {
  const auto engine = small_plan().load({{"w", kW}});
  EXPECT_EQ(error_of([&] { Session(engine, {}); }),
            "limits: expected one of 0 or more for symbol 'tokens', got none");
  const std::string message = error_of([&] {
    Session(engine, {.limits = {{"tokens", int64_t{1} << 40}}});
  });
  EXPECT_EQ(message.find("the run needs "), 0u) << message;
}

TEST(Session, ArenaGrowsWithTheLimits) {
  const auto engine = small_plan().load({{"w", kW}});
  const DimBindings limits = {{"tokens", 64}};
  const Session session(engine, {.limits = limits});
  EXPECT_EQ(session.arena_bytes(), arena_bytes(engine->plan(), limits, 1));
  EXPECT_EQ(session.arena_bytes(), 64 * 2 * 64);  // two values, rounded up to 64 bytes a token
}

TEST(Session, TapsSeeEveryStep) {
  Session session(small_plan().load({{"w", kW}}), {.limits = {{"tokens", 4}}});
  std::vector<std::pair<size_t, float>> seen;
  session.set_tap(
      [&](size_t step, std::span<const TensorView> inputs, std::span<const TensorView> outputs) {
        EXPECT_EQ(inputs.size(), step == 0 ? 2u : 1u);
        seen.emplace_back(step, outputs[0].as<float>()[0]);
      });
  const Tensor x = floats({1, 2}, {1, 2});
  session.run({{"x", x.view()}});
  EXPECT_EQ(seen, (std::vector<std::pair<size_t, float>>{{0, 1.0f}, {1, -1.0f}}));
  session.set_tap({});
  session.run({{"x", x.view()}});
  EXPECT_EQ(seen.size(), 2u);
}

TEST(Session, PlantsGrowOutputs) {
  const auto engine = small_plan().load({{"w", kW}});
  Session session(engine, {.limits = {{"tokens", 4}}, .plant = {"unary"}});
  const Tensor x = floats({1, 2}, {1, 2});
  session.run({{"x", x.view()}});
  EXPECT_FLOAT_EQ(values_of(session.output("y"))[1], -2.02f);
  EXPECT_EQ(error_of([&] {
              Session(engine, {.limits = {{"tokens", 4}}, .plant = {"unari"}});
            }),
            "plant: no op is called 'unari'");
}

// Up to 2 tokens the reference with canonical weights, beyond a packed kernel with packed ones.
TEST(Session, ChoosesKernelsByTokens) {
  TestPlan plan;
  const int x = plan.input("x", TensorType::parse("f32[tokens, 2]"));
  const int w = plan.weight("w", {3, 2});
  const int packed = plan.weight("w", {3, 2}, {}, "f32.panel32");
  const int y = plan.step(ops::Linear{}, {x, w});
  auto& choices = plan.plan().steps[0].kernels[0].choices;
  choices[0].up_to_tokens = 2;
  const kernels::Kernel& kernel = *kernels::find_kernel("linear.cpu.avx2.f32");
  const kernels::Problem problem{ops::Linear{},
                                 {TensorType::parse("f32[tokens, 2]"), {DType::kF32, {3, 2}}},
                                 {TensorType::parse("f32[tokens, 3]")}};
  choices.push_back({.up_to_tokens = 0,
                     .kernel = std::string(kernel.name),
                     .inputs = {x, packed},
                     .workspace_bytes = kernel.workspace_bytes(problem)});
  plan.plan().arena_bytes = plan.plan().arena_bytes + kernel.workspace_bytes(problem);
  plan.output("y", y);
  Session session(plan.load({{"w", kW}}), {.limits = {{"tokens", 4}}});
  std::vector<size_t> weight_bytes;
  session.set_tap([&](size_t, std::span<const TensorView> inputs, std::span<const TensorView>) {
    weight_bytes.push_back(static_cast<size_t>(inputs[1].num_bytes()));
  });
  const Tensor three = floats({3, 2}, {1, 2, 3, 4, 5, 6});
  session.run({{"x", three.view()}});
  EXPECT_EQ(values_of(session.output("y")), (std::vector<float>{1, 2, 3, 3, 4, 7, 5, 6, 11}));
  const Tensor one = floats({1, 2}, {1, 2});
  session.run({{"x", one.view()}});
  EXPECT_EQ(values_of(session.output("y")), (std::vector<float>{1, 2, 3}));
  // A panel of 32 rows, and the 3 that there are: two columns of f32 each.
  EXPECT_EQ(weight_bytes, (std::vector<size_t>{256, 24}));
}

TEST(Session, KernelErrorsNameTheStep) {
  TestPlan plan;
  const int ids = plan.input("ids", TensorType::parse("i32[tokens]"));
  const int table = plan.weight("table", {3, 2});
  const int moved = plan.step(ops::Binary{ops::BinaryKind::kAdd}, {ids, ids});
  plan.output("y", plan.step(ops::Embedding{}, {moved, table}));
  Session session(plan.load({{"table", kW}}), {.limits = {{"tokens", 4}}});
  const Tensor bad = integers({1}, {2});
  const std::string message = error_of([&] { session.run({{"ids", bad.view()}}); });
  EXPECT_EQ(message.find("step 1 (embedding): "), 0u) << message;
}

// One token of one sequence into a cache of one layer.
struct CacheRun {
  explicit CacheRun(const Plant& plant) {
    TestPlan plan;
    const int cache = plan.state("layers.0.kv", {.kv_heads = 1, .head_dim = 2});
    const int k = plan.input("k", TensorType::parse("f32[tokens, 1, 2]"));
    const int v = plan.input("v", TensorType::parse("f32[tokens, 1, 2]"));
    const int positions = plan.input("positions", TensorType::parse("i32[tokens]"));
    const int lengths = plan.input("cu_q_lengths", TensorType::parse("i32[sequences+1]"));
    const int tables = plan.input("block_tables", TensorType::parse("i32[sequences, table_width]"));
    plan.step(ops::KvWrite{}, {cache, k, v, positions, lengths, tables});
    session = std::make_unique<Session>(
        plan.load({}),
        SessionOptions{.limits = {{"tokens", 4}, {"sequences", 2}, {"table_width", 2}},
                       .num_blocks = 3,
                       .plant = plant});
    session->set_tap(
        [this](size_t, std::span<const TensorView> inputs, std::span<const TensorView>) {
          view = static_cast<const kernels::KvCacheView*>(inputs[0].data);
        });
    const Tensor keys = floats({1, 1, 2}, {1, 2});
    const Tensor values = floats({1, 1, 2}, {3, 4});
    session->run({{"k", keys.view()},
                  {"v", values.view()},
                  {"positions", integers({1}, {0}).view()},
                  {"cu_q_lengths", integers({2}, {0, 1}).view()},
                  {"block_tables", integers({1, 2}, {1, 0}).view()}});
  }
  float key(int64_t block, int64_t i) const {
    return static_cast<const float*>(view->keys)[view->offset(block, 0, 0) + i];
  }
  std::unique_ptr<Session> session;
  const kernels::KvCacheView* view = nullptr;
};

TEST(Session, OwnsCachesAndCopiesBlocks) {
  CacheRun run({});
  EXPECT_EQ(run.view->num_blocks, 3);
  EXPECT_EQ(run.session->kv_bytes(), 3 * 2 * 2 * 64 * 4);
  EXPECT_EQ(run.key(1, 1), 2);
  EXPECT_EQ(run.key(2, 1), 0);
  run.session->copy_block(1, 2);
  EXPECT_EQ(run.key(2, 1), 2);
  EXPECT_THROW(run.session->copy_block(1, 3), Error);
}

TEST(Session, PlantsReachWhatOnlyWritesACache) {
  const CacheRun run({"kv_write"});
  EXPECT_FLOAT_EQ(run.key(1, 1), 2.02f);
}

}  // namespace
}  // namespace lathe::exec
