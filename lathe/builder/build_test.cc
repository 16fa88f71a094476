// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/build.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/base/random.h"
#include "lathe/exec/session.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/interpreter.h"

namespace lathe::builder {
namespace {

using graph::NamedTensors;
using graph::Value;

Tensor random_tensor(std::vector<int64_t> sizes, uint64_t seed) {
  Tensor out(DType::kF32, std::move(sizes));
  const auto values = out.values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = normal_at(seed, 0, i);
  return out;
}

// x -> softmax(relu(x W1) W2 + x), with a reshape on the way.
struct Small {
  graph::Network net{"small"};
  std::map<std::string, Tensor, std::less<>> weights = {{"w1", random_tensor({8, 24}, 1)},
                                                        {"w2", random_tensor({24, 8}, 2)}};
  NamedTensors inputs = {{"x", random_tensor({5, 8}, 3)}};

  Small() {
    const Value x = net.input("x", {DType::kF32, {Dim::symbol("tokens"), 8}});
    const Value w1 = net.parameter("w1", {DType::kF32, {8, 24}});
    const Value w2 = net.parameter("w2", {DType::kF32, {24, 8}});
    const Value h = relu(matmul(x, w1));
    const Value split = reshape(h, {Dim::symbol("tokens"), 2, 12});
    const Value joined = reshape(neg(split), {Dim::symbol("tokens"), 24});
    net.mark_output("y", softmax(matmul(joined, w2) + x));
    net.mark_output("h", h);
  }

  BuildResult built(BuildOptions options = {}) const {
    options.catalog = memory_catalog(weights);
    return build(net, options);
  }
};

std::shared_ptr<const exec::Engine> engine_of(engine::Plan plan, const Small& small) {
  engine::EngineData data;
  data.manifest.plans.push_back(std::move(plan));
  return exec::Engine::from_memory(std::move(data), exec::memory_rows(small.weights),
                                   {.threads = 2, .isa = {}, .weights = {}});
}

void expect_close(const TensorView& got, const Tensor& expected) {
  ASSERT_EQ(got.num_elements(), expected.num_elements());
  for (int64_t i = 0; i < got.num_elements(); ++i) {
    EXPECT_NEAR(got.as<float>()[i], expected.values<float>()[static_cast<size_t>(i)], 1e-5) << i;
  }
}

TEST(Build, APlanComputesWhatTheInterpreterComputes) {
  Small small;
  const BuildResult result = small.built();
  exec::Session session(engine_of(result.plan, small),
                        {.plan = 0, .limits = {{"tokens", 16}}, .num_blocks = 0, .plant = {}});
  session.run({{"x", small.inputs["x"].view()}});
  ThreadPool pool(1);
  graph::Interpreter interpreter(
      small.net, [&](Value parameter) { return small.weights.find(parameter.name())->second; },
      pool);
  const NamedTensors expected = interpreter.run(small.inputs);
  expect_close(session.output("y"), expected.at("y"));
  expect_close(session.output("h"), expected.at("h"));
}

TEST(Build, TheReportTellsPassesAndKernels) {
  BuildOptions options;
  options.pipeline.skip = {"fuse_pointwise"};
  const BuildReport report = Small().built(options).report;
  EXPECT_EQ(report.ops_before, 8);
  EXPECT_EQ(report.ops_after, 6);  // reshapes are aliases
  int64_t matmuls = 0, steps = 0;
  for (const auto& [kernel, count] : report.kernels) {
    matmuls += kernel.starts_with("matmul.cpu.") ? count : 0;
    steps += count;
  }
  EXPECT_EQ(matmuls, 2);
  EXPECT_EQ(steps, report.ops_after);
  EXPECT_EQ(report.passes.front().name, "bind");
  EXPECT_EQ(report.passes.back().name, "verify");
}

TEST(Build, StrictRefusesReferenceKernels) {
  Small small;
  small.net.mark_output("sums", cumsum(*small.net.find("x")));
  try {
    small.built({.strictness = Strictness::kRefuseFallbacks});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("slow kernels"), std::string::npos) << error.message();
  }
}

// One reason may be that of many steps.
TEST(Build, CountsTheStepsOnReferenceKernels) {
  Small small;
  small.net.mark_output("sums", cumsum(cumsum(*small.net.find("x"))));
  const BuildReport report = small.built().report;
  EXPECT_EQ(report.fallbacks.size(), 1U);
  EXPECT_EQ(report.fallback_steps, 2);
}

TEST(Build, IsDeterministic) { EXPECT_EQ(Small().built().plan, Small().built().plan); }

TEST(Build, ValuesThatNeverMeetShareMemory) {
  const engine::Plan plan = Small().built().plan;
  int64_t sum = 0;
  for (const engine::PlanValue& value : plan.values) {
    if (value.storage != engine::Storage::kArena) continue;
    sum += engine::aligned_bytes(value.type, 64).evaluate({{"tokens", 64}});
  }
  EXPECT_LT(plan.arena_bytes.evaluate({{"tokens", 64}, {"threads", 1}}), sum);
}

TEST(Build, SkippedPassesAreReportedAndUnknownOnesRefused) {
  BuildOptions options;
  options.pipeline.skip = {"share_common"};
  for (const PassReport& pass : Small().built(options).report.passes) {
    EXPECT_EQ(pass.skipped, pass.name == "share_common");
  }
  options.pipeline.skip = {"share_comon"};
  try {
    Small().built(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(error.message().find("did you mean share_common"), std::string::npos)
        << error.message();
  }
}

TEST(Build, EveryPassStandsBehindThoseThatItNeeds) {
  std::vector<std::string_view> seen;
  for (const auto& passes : {bind_passes(), optimize_passes()}) {
    for (const Pass* pass : passes) {
      for (const std::string_view needed : pass->after) {
        EXPECT_NE(std::find(seen.begin(), seen.end(), needed), seen.end())
            << pass->name << " needs " << needed;
      }
      seen.push_back(pass->name);
    }
  }
}

std::string bind_error(const Small& small,
                       const std::map<std::string, Tensor, std::less<>>& weights) {
  try {
    BuildOptions options;
    options.catalog = memory_catalog(weights);
    build(small.net, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    return error.message();
  }
  return "no error";
}

TEST(Bind, OneErrorNamesAllThatDoesNotFit) {
  const Small small;
  auto weights = small.weights;
  weights.erase("w1");
  weights["w2"] = random_tensor({8, 24}, 2);
  weights["w11"] = random_tensor({8, 24}, 2);
  const std::string message = bind_error(small, weights);
  EXPECT_NE(message.find("missing: w1 (nearest: w11)"), std::string::npos) << message;
  EXPECT_NE(message.find("misshapen: w2 ([8, 24], expected [24, 8])"), std::string::npos)
      << message;
  EXPECT_NE(message.find("left over: w11"), std::string::npos) << message;
}

TEST(Bind, TensorsThatTheFamilyHasNoUseForMayBeLeftOver) {
  const Small small;
  auto weights = small.weights;
  weights["layers.0.inv_freq"] = random_tensor({8}, 2);
  EXPECT_NE(bind_error(small, weights).find("left over: layers.0.inv_freq"), std::string::npos);
  BuildOptions options;
  options.catalog = memory_catalog(weights);
  options.catalog->unused_names = {".inv_freq"};
  EXPECT_NO_THROW(build(small.net, options));
}

}  // namespace
}  // namespace lathe::builder
