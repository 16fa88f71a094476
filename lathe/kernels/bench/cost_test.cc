// SPDX-License-Identifier: Apache-2.0
// Bytes and products of ops, by the arithmetic that anyone does on paper.
#include "lathe/kernels/bench/cost.h"

#include <gtest/gtest.h>

#include "lathe/ops/attention.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/matmul.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/rope_paged_attention.h"
#include "tests/support/text_problem.h"

namespace lathe::kernels {
namespace {

struct Case {
  std::string_view what;
  ops::Op op;
  std::string_view inputs;
  BenchStep step;
  double bytes, flops;
};

ops::Linear linear(DType codes) {
  ops::Linear op;
  op.format.code_dtype = codes;
  op.dtype = DType::kF32;
  return op;
}
ops::Linear q8_0() {
  ops::Linear op = linear(DType::kI8);
  op.format = {.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32};
  op.input_block = 32;
  return op;
}

// One head of 8 over a cache of f32: a key and a value are 64 bytes.
constexpr std::string_view kPaged =
    "f32[tokens,1,8] state[1,8] i32[sequences+1] i32[sequences] "
    "i32[sequences,table_width]";

std::vector<Case> cases() {
  const BenchStep three{.tokens = 3}, generation{.tokens = 2, .sequences = 2, .context = 9};
  const BenchStep context{.tokens = 4}, behind{.tokens = 4, .context = 9};
  ops::PagedAttention window, sinks, all;
  window.options.window = sinks.options.window = 2;
  sinks.options.sink_tokens = 3;
  all.options.causal = false;
  const double paged_inputs = 4 * 8 * 4 * 2 + 4 * (2 + 1 + 1);  // q and y, then the step's numbers
  return {
      {"linear", linear(DType::kF32), "f32[tokens,64] f32[32,64]", three,
       4 * (3 * 64 + 32 * 64 + 3 * 32), 2 * 3 * 64 * 32},
      {"linear of half the bytes", linear(DType::kBf16), "f32[tokens,64] bf16[32,64]", three,
       4 * (3 * 64 + 3 * 32) + 2 * 32 * 64, 2 * 3 * 64 * 32},
      {"linear over codes", q8_0(), "i8[tokens,64] f32[tokens,2] i8[32,64] f16[32,2]", three,
       3 * 64 + 4 * 3 * 2 + 32 * 64 + 2 * 32 * 2 + 4 * 3 * 32, 2 * 3 * 64 * 32},
      {"norm and linear", ops::NormLinear{{}, linear(DType::kF32)},
       "f32[tokens,64] f32[64] f32[32,64]", three, 4 * (3 * 64 + 64 + 32 * 64 + 3 * 32),
       2 * 3 * 64 * 32},
      {"matmul of stacks", ops::MatMul{}, "f32[5,3,4] f32[5,4,6]", three,
       4 * 5 * (3 * 4 + 4 * 6 + 3 * 6), 2 * 5 * 3 * 6 * 4},
      {"element-wise", ops::GatedActivation{}, "f32[tokens,64]", three, 4 * (3 * 64 + 3 * 32), 0},
      {"a symbol of another network", ops::GatedActivation{}, "f32[rows,64]", three,
       4 * (3 * 64 + 3 * 32), 0},
      {"rows of a table", ops::Embedding{.format = {}, .dtype = DType::kF32},
       "i32[tokens] f32[1000,64]", three, 4 * (3 + 3 * 64 + 3 * 64), 0},
      {"a context: a triangle of pairs", ops::PagedAttention{}, kPaged, context,
       paged_inputs + 64 * 4, 4 * 8 * (1 + 2 + 3 + 4)},
      {"with a window: a band", window, kPaged, context, paged_inputs + 64 * 4,
       4 * 8 * (1 + 2 + 2 + 2)},
      {"generation with a window: its two keys", window, kPaged, generation,
       4 * 2 * 8 * 2 + 4 * (3 + 2 + 2) + 64 * 2 * 2, 4 * 8 * 2 * 2},
      {"… and three sink tokens before it", sinks, kPaged, generation,
       4 * 2 * 8 * 2 + 4 * (3 + 2 + 2) + 64 * 2 * 5, 4 * 8 * 2 * 5},
      {"a context behind another: from the first one's window on", window, kPaged, behind,
       paged_inputs + 64 * (4 + 1), 4 * 8 * (2 + 2 + 2 + 2)},
      {"without a mask: a square", all, kPaged, context, paged_inputs + 64 * 4, 4 * 8 * 16},
      {"generation: a row a sequence", ops::PagedAttention{}, kPaged, generation,
       4 * 2 * 8 * 2 + 4 * (3 + 2 + 2) + 64 * 2 * 10, 4 * 8 * 2 * 10},
      {"a write alone: its own keys and values", ops::KvWrite{},
       "state[1,8] f32[tokens,1,8] f32[tokens,1,8] i32[tokens] i32[sequences+1] "
       "i32[sequences,table_width]",
       three, 4 * (2 * 3 * 8 + 3 + 2 + 1) + 64 * 3, 0},
  };
}

TEST(CostOf, IsWhatPaperSays) {
  for (const Case& one : cases()) {
    const Cost cost = cost_of(testing::text_problem(one.op, one.inputs), one.step);
    EXPECT_EQ(cost.bytes, one.bytes) << one.what;
    EXPECT_EQ(cost.flops, one.flops) << one.what;
    EXPECT_EQ(cost.integer, one.what == "linear over codes") << one.what;
  }
}

TEST(BenchStep, ItsSymbolsFitEachOther) {
  const BenchStep step{.tokens = 130, .sequences = 2, .context = 63};
  EXPECT_EQ(step.kv_length(), 63 + 65);
  EXPECT_EQ(step.table_width(), 2);
  EXPECT_EQ(step.bindings().at("tokens"), 130);
  EXPECT_EQ(step.bindings().at("sequences"), 2);
  EXPECT_EQ(step.bindings().at("logit_rows"), 2);
  EXPECT_EQ(step.bindings().at("table_width"), 2);
  EXPECT_EQ((BenchStep{.tokens = 1, .context = 63}.table_width()), 1) << "a full block is one";
}

}  // namespace
}  // namespace lathe::kernels
