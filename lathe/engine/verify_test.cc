// SPDX-License-Identifier: Apache-2.0
// Lies about a plan that is well formed, one a case: tests/corpus/manifest_fuzz has more of them as
// files. Every one is called corrupt, and the message names the place.
#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "lathe/engine/folder.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::engine {
namespace {

using testing::code_of;
using testing::error_of;

// x -> matmul with w -> silu, a reshape that is output "y", and a state that nobody reads.
Plan whole_plan() {
  const auto path = std::filesystem::path(LATHE_SOURCE_DIR) / "tests/corpus/manifest_fuzz/whole";
  return parse_manifest(read_file(path), "whole").plans[0];
}

struct Lie {
  std::string_view what;
  void (*tell)(Plan& plan);
  std::string_view expected;  // in the message
};

void expect_refused(std::span<const Lie> lies) {
  for (const Lie& lie : lies) {
    Plan plan = whole_plan();
    lie.tell(plan);
    const std::string message = error_of([&] { verify(plan); });
    EXPECT_NE(message.find(lie.expected), std::string::npos) << lie.what << ": " << message;
    EXPECT_EQ(code_of([&] { verify(plan); }), ErrorCode::kCorrupt) << lie.what;
    EXPECT_TRUE(message.starts_with("plan 'main': ")) << message;
  }
}

TEST(Verify, TakesTheWholePlan) {
  EXPECT_EQ(error_of([] { verify(whole_plan()); }), "no error");
}

TEST(Verify, BlockSizesArePowersOfTwoUpTo4096) {
  Plan plan = whole_plan();
  for (const int64_t size : {1, 2, 16, 64, 4096}) {
    plan.block_size = size;
    EXPECT_EQ(error_of([&] { verify(plan); }), "no error") << size;
  }
  for (const int64_t size : {0, -64, 48, 8192}) {
    plan.block_size = size;
    EXPECT_EQ(error_of([&] { verify(plan); }),
              cat("plan 'main': block_size: expected a power of two up to 4096, got ", size));
  }
}

TEST(Verify, WeightsAddUp) {
  const Lie lies[] = {
      {"rows taken away from a source",
       [](Plan& plan) {
         plan.weights[0].sources.push_back({.tensor = "more"});
         plan.weights[0].source_rows = {-1, 4};
       },
       "weight 'w': source_rows: a negative number, -1"},
      {"a source without rows", [](Plan& plan) { plan.weights[0].source_rows.clear(); },
       "weight 'w': sources: 1, source_rows: 0"},
      {"no shape", [](Plan& plan) { plan.weights[0].shape.clear(); },
       "weight 'w': source_rows sum to 3, expected the first of shape"},
      {"more elements than 64 bits count",
       [](Plan& plan) {
         plan.weights[0].shape = {3, int64_t{1} << 62};
       },
       "weight 'w': dimension: "},
      {"a size that only zero keeps in range",
       [](Plan& plan) {
         plan.weights[0].shape = {std::numeric_limits<int64_t>::max(), 0};
         plan.weights[0].source_rows = {plan.weights[0].shape[0]};
       },
       "weight 'w': dimension: "},
      {"blocks of no columns", [](Plan& plan) { plan.weights[0].format.block_cols = 0; },
       "format 'plain' does not fit the shape"},
      {"a value of more bits than 64 bits count",
       [](Plan& plan) { plan.values[1].type.shape = {Dim(int64_t{1} << 61)}; },
       "value 1: dimension: "},
      {"a value of half a weight", [](Plan& plan) { plan.values[1].type.dtype = DType::kF16; },
       "weight 'w' has 48 bytes, its value f16[3, 4] 24"},
  };
  expect_refused(lies);
}

TEST(Verify, StatesAreWhatTheirValuesSay) {
  const Lie lies[] = {
      {"no such state", [](Plan& plan) { plan.values[5].index = 1; },
       "value 5: state: index 1 is not below 1"},
      {"one before the first", [](Plan& plan) { plan.values[5].index = -1; },
       "value 5: state: index -1 is not below 1"},
      {"no heads", [](Plan& plan) { plan.states[0].spec.kv_heads = 0; }, "state: expected state"},
      {"heads beyond reason",
       [](Plan& plan) {
         plan.states[0].spec.head_dim = int64_t{1} << 40;
         plan.values[5].type.shape = {2, int64_t{1} << 40};
       },
       "state: expected state"},
      {"numbers in its place", [](Plan& plan) { plan.values[5].type.dtype = DType::kF32; },
       "state: expected state[2, 8], got f32[2, 8]"},
  };
  expect_refused(lies);
}

TEST(Verify, AliasesStandBehindWhatTheyShow) {
  const Lie lies[] = {
      {"of itself", [](Plan& plan) { plan.values[4].index = 4; },
       "value 4: an alias of value 4, which does not stand before it"},
      {"of nothing", [](Plan& plan) { plan.values[4].index = -1; }, "an alias of value -1"},
      {"of a state as numbers",
       [](Plan& plan) {
         std::swap(plan.values[4], plan.values[5]);
         plan.values[5].index = 4;
         plan.outputs[0].value = 5;
       },
       "an alias of type f32[tokens, 3, 1] to state[2, 8]"},
      {"of what is never computed", [](Plan& plan) { plan.steps.pop_back(); },
       "output 'y': value 4 is used before it is computed"},
  };
  expect_refused(lies);
}

TEST(Verify, StepsRunInTheOrderOfTheirValues) {
  const Lie lies[] = {
      {"a step that reads its own result",
       [](Plan& plan) {
         plan.steps[1].inputs = {3};
         plan.steps[1].kernels[0].choices[0].inputs = {3};
       },
       "step 1 ('unary'): value 3 is used before it is computed"},
      {"steps in the other order", [](Plan& plan) { std::swap(plan.steps[0], plan.steps[1]); },
       "step 0 ('unary'): value 2 is used before it is computed"},
      {"a result in a weight", [](Plan& plan) { plan.steps[0].outputs = {1}; },
       "step 0 ('matmul'): output 1 is no computed value"},
      {"a result too many",
       [](Plan& plan) {
         plan.steps[1].outputs = {3, 2};
       },
       "outputs: expected f32[tokens, 3], got f32[tokens, 3]"},
      {"no result", [](Plan& plan) { plan.steps[1].outputs.clear(); },
       "outputs: expected f32[tokens, 3], got none"},
      {"an operand too few",
       [](Plan& plan) {
         plan.steps[0].inputs = {0};
         plan.steps[0].kernels[0].choices[0].inputs = {0};
       },
       "step 0 ('matmul'): matmul"},
      {"operands that do not multiply",
       [](Plan& plan) {
         plan.values[0].type.shape = {Dim::symbol("tokens"), 5};
       },
       "step 0 ('matmul'): matmul"},
  };
  expect_refused(lies);
}

TEST(Verify, TablesServeEveryNumberOfTokens) {
  const Lie lies[] = {
      {"refusals that are nowhere",
       [](Plan& plan) {
         plan.steps[0].kernels[0].refused = static_cast<int>(plan.refusals.size());
       },
       "step 0 ('matmul'): refused: index "},
      {"a table too many",
       [](Plan& plan) { plan.steps[0].kernels.push_back(plan.steps[0].kernels[0]); },
       "kernels: expected a table a target"},
      {"one number twice",
       [](Plan& plan) {
         auto& choices = plan.steps[0].kernels[0].choices;
         choices.insert(choices.begin(), 2, choices[0]);
         choices[0].up_to_tokens = choices[1].up_to_tokens = 8;
       },
       "kernels: token ranges do not ascend"},
      {"fewer than none",
       [](Plan& plan) {
         auto& choices = plan.steps[0].kernels[0].choices;
         choices.insert(choices.begin(), choices[0]);
         choices[0].up_to_tokens = -1;
       },
       "kernels: token ranges do not ascend"},
      {"a kernel of another device",
       [](Plan& plan) { plan.targets[0] = {.device = DeviceKind::kCuda, .sm = 90}; },
       "kernel matmul.cpu.ref refuses: runs on a CPU, not on cuda"},
      {"a kernel of a greater class",
       [](Plan& plan) { plan.steps[0].kernels[0].choices[0].kernel = "matmul.cpu.avx512"; },
       "kernel matmul.cpu.avx512 refuses: needs avx512, the target has avx2"},
      {"a CPU's kernel for fixed bits",
       [](Plan& plan) {
         auto& table = plan.steps[0].kernels[0];
         table.fixed_bits = table.choices[0];
       },
       "fixed_bits: kernel matmul.cpu.ref does not keep bits whatever the number of tokens"},
  };
  expect_refused(lies);
}

TEST(Verify, TheArenaHoldsWhatItSays) {
  const Lie lies[] = {
      {"an offset that only equal limits keep aligned",
       [](Plan& plan) { plan.values[3].offset = Dim::symbol("tokens") * 64 + 32; }, "value 3: "},
      {"a value behind the end at many tokens", [](Plan& plan) { plan.arena_bytes = 4096; },
       "are not in the arena of 4096"},
      {"an arena of a symbol that overflows",
       [](Plan& plan) { plan.arena_bytes = Dim::symbol("tokens") * (int64_t{1} << 60); },
       "dimension: "},
      {"two values that live at once",
       [](Plan& plan) { plan.values[3].offset = plan.values[2].offset; },
       "values 2 and 3 overlap in the arena while both are live"},
  };
  expect_refused(lies);
}

// Values that do not live at once may share: what the planner is for.
TEST(Verify, DeadValuesMayShareTheirPlace) {
  Plan plan = whole_plan();
  PlanValue third = plan.values[2];
  plan.values.push_back(third);
  PlanStep again = plan.steps[1];
  again.inputs = again.kernels[0].choices[0].inputs = {3};
  again.outputs = {6};
  plan.steps.push_back(again);
  plan.outputs[0].value = 6;
  EXPECT_EQ(error_of([&] { verify(plan); }), "no error");
  plan.outputs.push_back({"early", 2});
  EXPECT_NE(error_of([&] { verify(plan); }).find("overlap"), std::string::npos);
}

}  // namespace
}  // namespace lathe::engine
