// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/inspect.h"

#include <gtest/gtest.h>

#include "lathe/engine/refusals.h"
#include "lathe/ops/linear.h"

namespace lathe::engine {
namespace {

Manifest manifest() {
  Plan plan;
  plan.name = "main";
  plan.targets = {{.isa = kernels::CpuIsa::kAvx2}};
  plan.values = {
      {.name = "x", .type = {DType::kF32, {Dim::symbol("tokens"), 8}}, .storage = Storage::kInput},
      {.name = "w", .type = {DType::kBf16, {4, 8}}, .storage = Storage::kWeight, .index = 0},
      {.name = "unused", .type = {DType::kF32, {4, 8}}, .storage = Storage::kWeight, .index = 1},
      {.name = "y", .type = {DType::kF32, {Dim::symbol("tokens"), 4}}}};
  plan.weights.resize(2);
  plan.weights[0].format.code_dtype = DType::kBf16;
  plan.states.push_back({.name = "kv", .spec = {.kv_heads = 2, .head_dim = 8}});
  PlanStep step;
  step.op = "linear";
  step.attributes = ops::Op(ops::Linear{.format = {.code_dtype = DType::kBf16},
                                        .activation = ops::UnaryKind::kSilu,
                                        .gated = true})
                        .attributes_json();
  step.inputs = {0, 1};
  step.outputs = {3};
  step.computes = {"mlp"};
  step.kernels.push_back(
      {.choices = {{.up_to_tokens = 0, .kernel = "linear.cpu.ref", .inputs = {0, 1}}},
       .refused = 0});
  plan.refusals = {{{"linear.cpu.avx512.f32", "the target is avx2"}}};
  plan.steps.push_back(std::move(step));
  plan.outputs = {{"y", 3}};
  plan.arena_bytes = Dim::symbol("tokens") * 64;
  Manifest out;
  out.model.family = "llama";
  out.plans.push_back(std::move(plan));
  return out;
}

TEST(Inspect, JsonHoldsChoicesRefusalsFusionsAndMemory) {
  const Json plan = inspect({manifest(), {}}).at("plans").as_array()[0];
  const Json& step = plan.at("steps").as_array()[0];
  EXPECT_EQ(step.at("fused").dump(), R"(["activation silu","gated"])");
  const Json& table = step.at("kernels").at("cpu avx2");
  EXPECT_EQ(table.at("chosen").as_array()[0].at("kernel").as_string(), "linear.cpu.ref");
  EXPECT_EQ(table.at("refused").as_array()[0].at("why").as_string(), "the target is avx2");
  EXPECT_EQ(plan.at("kernels").dump(), R"({"cpu avx2":{"linear.cpu.ref":1}})");
  EXPECT_EQ(plan.at("memory").at("arena_bytes").as_string(), "64*tokens");
  EXPECT_EQ(plan.at("memory").at("kv_block_bytes").as_integer(), 2 * 2 * 8 * 4 * 64);
}

TEST(Inspect, RefusalsOfOneReasonStandTogether) {
  Manifest many = manifest();
  std::vector<PlanStep>& steps = many.plans[0].steps;
  steps.push_back(steps[0]);
  std::vector<Refusal> more = many.plans[0].refusals[0];
  more.push_back({"linear.cpu.vnni.q8_0", "the target is avx2"});
  steps[1].kernels[0].refused = keep_refusals(many.plans[0], more);
  EXPECT_EQ(steps[1].kernels[0].refused, 1);
  EXPECT_EQ(keep_refusals(many.plans[0], more), 1);
  EXPECT_EQ(keep_refusals(many.plans[0], {}), -1);
  const Json plan = inspect({many, {}}).at("plans").as_array()[0];
  EXPECT_EQ(plan.at("refused").at("cpu avx2").dump(),
            R"([{"op":"linear","why":"the target is avx2",)"
            R"("kernels":["cpu.avx512.f32","cpu.vnni.q8_0"],"steps":2}])");
}

// x [tokens, 8] and w [4, 8] in, y [tokens, 4] out.
TEST(Inspect, EveryLaunchHasItsCost) {
  const Json plan = inspect({manifest(), {}}).at("plans").as_array()[0];
  const Json& cost = plan.at("steps").as_array()[0].at("cost");
  EXPECT_EQ(cost.at("generation").at("bytes").as_number(), 8 * 4 + 4 * 8 * 2 + 4 * 4);
  EXPECT_EQ(cost.at("generation").at("flops").as_number(), 2 * 4 * 8);
  EXPECT_EQ(cost.at("context").at("bytes").as_number(), 512 * (8 + 4) * 4 + 4 * 8 * 2);
  EXPECT_EQ(cost.at("context").at("flops").as_number(), 512 * 2 * 4 * 8);
  EXPECT_EQ(plan.at("cost").dump(), cost.dump());
}

TEST(Inspect, OnlyWeightsThatTheTargetReadsCount) {
  const Json plan = inspect({manifest(), {}}).at("plans").as_array()[0];
  EXPECT_EQ(plan.at("weights").dump(), R"({"cpu avx2":{"bf16":{"weights":1,"bytes":64}}})");
}

TEST(Inspect, TextNamesKernelsAndReasons) {
  const std::string text = inspect_text({manifest(), {}}, 0);
  for (const std::string_view part : {"1 x linear.cpu.ref", "1 x linear + gated",
                                      "1 x linear: the target is avx2: cpu.avx512.f32",
                                      "arena: 64*tokens bytes", "bf16: 1 weights, 64 bytes"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(Inspect, DeviceCodeIsListedWithItsSizes) {
  const DeviceCode code{.arch = "sm_90a",
                        .compiler = "NVRTC 13.0",
                        .options = "-default-device",
                        .cubins = {{"linear.cuda.sm90/0123456789abcdef", std::string(7, 'x')}}};
  const Json facts = inspect({manifest(), {}, code}).at("device_code");
  EXPECT_EQ(facts.at("bytes").dump(), R"({"linear.cuda.sm90/0123456789abcdef":7})");
  EXPECT_EQ(facts.at("compiler").as_string(), "NVRTC 13.0");
  const std::string text = inspect_text({manifest(), {}, code}, 0);
  EXPECT_NE(text.find("device code for sm_90a by NVRTC 13.0, 7 bytes"), std::string::npos) << text;
  EXPECT_EQ(inspect({manifest(), {}}).find("device_code"), nullptr);
}

TEST(Inspect, ChoicesOfAGpuNameTheirCode) {
  Manifest gpu = manifest();
  gpu.plans[0].steps[0].kernels[0].choices[0].code = "linear.cuda.sm90/0123456789abcdef";
  const std::string steps = inspect({gpu, {}}).at("plans").dump();
  EXPECT_NE(steps.find(R"("code":"linear.cuda.sm90/0123456789abcdef")"), std::string::npos)
      << steps;
}

}  // namespace
}  // namespace lathe::engine
