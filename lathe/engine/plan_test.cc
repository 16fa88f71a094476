// SPDX-License-Identifier: Apache-2.0
// Sizes that a plan's readers compute, and its way through JSON.
#include "lathe/engine/plan.h"

#include <gtest/gtest.h>

#include "lathe/engine/step_cost.h"
#include "lathe/ops/linear.h"

namespace lathe::engine {
namespace {

TEST(Plan, WeightBytesAreThoseOfTheFormatOrOfAPart) {
  struct Row {
    std::string_view format;
    DType codes;
    int64_t block;
    bool minimums;
    std::vector<int64_t> shape;
    int64_t values, scales;  // of a part
  };
  const Row rows[] = {
      {"plain", DType::kBf16, 1, false, {3, 64}, 384, 0},
      {"plain", DType::kF32, 1, false, {7}, 28, 0},
      {"q8_0", DType::kI8, 32, false, {3, 64}, 192, 12},
      {"q4_0", DType::kU4, 32, false, {3, 64}, 96, 12},
      {"q4_1", DType::kU4, 32, true, {3, 64}, 96, 12},
  };
  for (const Row& row : rows) {
    PlanWeight weight;
    weight.shape = row.shape;
    weight.format = {.name = std::string(row.format),
                     .code_dtype = row.codes,
                     .block_cols = row.block,
                     .has_minimums = row.minimums};
    EXPECT_EQ(weight_bytes(weight), row.values) << row.format;
    if (weight.format.is_plain()) continue;
    weight.part = ops::WeightPart::kScales;
    EXPECT_EQ(weight_bytes(weight), row.scales) << row.format;
    weight.layout = "packed";  // all tensors at once
    EXPECT_EQ(weight_bytes(weight), row.values + row.scales * (row.minimums ? 2 : 1));
  }
}

Plan with_output(std::string_view name, std::string_view type) {
  Plan out;
  out.values.push_back({.name = {}, .type = TensorType::parse(type)});
  out.outputs = {{std::string(name), 0}};
  return out;
}

TEST(Plan, LogitsAreF32RowsOfAKnownVocabulary) {
  EXPECT_TRUE(has_logits(with_output("logits", "f32[logit_rows, 49152]")));
  EXPECT_FALSE(has_logits(with_output("scores", "f32[logit_rows, 49152]")));
  EXPECT_FALSE(has_logits(with_output("logits", "bf16[logit_rows, 49152]")));
  EXPECT_FALSE(has_logits(with_output("logits", "f32[49152]")));
  EXPECT_FALSE(has_logits(with_output("logits", "f32[4, vocab]")));
  EXPECT_FALSE(has_logits(with_output("logits", "f32[4, 100000000]"))) << "more than it can draw";
  EXPECT_FALSE(has_logits(Plan{}));
}

TEST(Plan, ArenaAlignmentIsItsDevices) {
  Plan plan;
  plan.targets = {{.isa = kernels::CpuIsa::kAvx2}, {.isa = kernels::CpuIsa::kVnni}};
  EXPECT_EQ(arena_alignment(plan), 64);
  plan.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  EXPECT_EQ(arena_alignment(plan), 256);
}

TEST(Plan, SymbolsAreThoseOfShapesOffsetsAndTheArena) {
  Plan plan = with_output("y", "f32[tokens, sequences+1]");
  plan.values[0].offset = Dim::symbol("table_width") * 64;
  plan.arena_bytes = Dim::symbol("logit_rows") * 64 + Dim::symbol("tokens");
  EXPECT_EQ(symbols(plan),
            (std::set<std::string>{"logit_rows", "sequences", "table_width", "threads", "tokens"}));
  EXPECT_EQ(symbols(Plan{}), std::set<std::string>{"threads"});
}

TEST(Plan, SurvivesJsonWithEveryField) {
  Plan plan = with_output("y", "f32[tokens, 4]");
  plan.name = "decoder";
  plan.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  plan.block_size = 16;
  plan.weights = {
      {.name = "w",
       .sources = {{.tensor = "a"}, {.tensor = "b", .transposed = true}},
       .source_rows = {1, 2},
       .shape = {3, 64},
       .format = {.name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true},
       .part = ops::WeightPart::kMinimums,
       .layout = "mma",
       .target = 0,
       .code = "fill/1"}};
  plan.states = {{.name = "kv",
                  .spec = {.kv_heads = 2, .head_dim = 8, .window = 3, .sink_tokens = 1},
                  .dtype = DType::kBf16}};
  plan.steps = {{.op = "linear",
                 .attributes = ops::Op(ops::Linear{.format = {}, .bias = true}).attributes_json(),
                 .inputs = {1},
                 .outputs = {0},
                 .kernels = {{.choices = {{.up_to_tokens = 8,
                                           .kernel = "k",
                                           .inputs = {1},
                                           .workspace_bytes = Dim::symbol("threads") * 64,
                                           .code = "k/1"}},
                              .refused = 0}},
                 .computes = {"a.b"}}};
  plan.refusals = {{{"other", "too odd"}}};
  plan.sampler = "sample/2";
  plan.arena_bytes = Dim::symbol("tokens") * 64;
  EXPECT_EQ(from_json<Plan>(Json::parse(to_json(plan).dump(), "plan")), plan);
}

// The formula by hand: a linear layer of 3 x 64 reads its weight once, its operands and writes.
TEST(StepCost, CountsProductsAndBytesOfAStep) {
  Plan plan;
  plan.values = {
      {.name = "x", .type = TensorType::parse("f32[tokens, 64]"), .storage = Storage::kInput},
      {.name = "w", .type = TensorType::parse("f32[3, 64]")},
      {.name = {}, .type = TensorType::parse("f32[tokens, 3]")}};
  plan.steps = {{.op = "linear",
                 .attributes = ops::Op(ops::Linear{}).attributes_json(),
                 .inputs = {0, 1},
                 .outputs = {2},
                 .kernels = {},
                 .computes = {}}};
  for (const auto& [step, tokens] :
       {std::pair(context_step(plan), 512.0), std::pair(generation_step(plan), 1.0)}) {
    const kernels::Cost cost = step_cost(plan, plan.steps[0], step);
    EXPECT_EQ(cost.flops, 2 * 3 * 64 * tokens);
    EXPECT_EQ(cost.bytes, 4 * (3 * 64 + tokens * 64 + tokens * 3));
  }
}

}  // namespace
}  // namespace lathe::engine
