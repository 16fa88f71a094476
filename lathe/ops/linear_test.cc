// SPDX-License-Identifier: Apache-2.0
// Rules of the linear layer with all that is fused into it, and of the norm before it.
#include "lathe/ops/linear.h"

#include "tests/support/op_cases.h"

namespace lathe::ops {
namespace {

using testing::expect_refusals;
using testing::expect_types;
using testing::OpCase;

constexpr std::string_view kQ8 =
    R"("format": {"name": "q8_0", "code_dtype": "i8", "scale_dtype": "f16", "block_cols": 32})";
constexpr std::string_view kQ41 =
    R"("format": {"name": "q4_1", "code_dtype": "u4", "block_cols": 32, "has_minimums": true})";

// Attributes with a weight format and more.
std::string with(std::string_view format, std::string_view more = "") {
  return cat("{", format, more.empty() ? "" : ", ", more, "}");
}

TEST(Linear, PlainWeights) {
  const OpCase cases[] = {
      {"linear", "{}", "f32[tokens, 64]; f32[10, 64]", "f32[tokens, 10]"},
      {"linear", "{}", "bf16[64]; bf16[10, 64]", "bf16[10]"},
      {"linear", "{}", "f32[2, tokens, 64]; bf16[10, 64]", "f32[2, tokens, 10]"},
      {"linear", R"({"dtype": "f32"})", "bf16[tokens, 64]; bf16[10, 64]", "f32[tokens, 10]"},
      {"linear", R"({"bias": true})", "f16[tokens, 64]; f16[10, 64]; f32[10]", "f16[tokens, 10]"},
      {"linear", R"({"residual": true})", "f16[tokens, 64]; f16[10, 64]; f16[tokens, 10]",
       "f16[tokens, 10]"},
      {"linear", R"({"bias": true, "residual": true, "activation": "gelu"})",
       "f32[tokens, 64]; f32[10, 64]; f32[10]; f32[tokens, 10]", "f32[tokens, 10]"},
      {"linear", R"({"gated": true, "activation": "silu", "residual": true})",
       "f32[tokens, 64]; f32[10, 64]; f32[tokens, 5]", "f32[tokens, 5]"},
  };
  expect_types(cases);
}

TEST(Linear, CodedWeights) {
  const OpCase cases[] = {
      {"linear", with(kQ8), "f32[tokens, 64]; i8[10, 64]; f16[10, 2]", "f32[tokens, 10]"},
      {"linear", with(kQ41), "bf16[tokens, 64]; u4[10, 64]; f16[10, 2]; f16[10, 2]",
       "bf16[tokens, 10]"},
      {"linear", with(kQ8, R"("input_block": 32, "dtype": "f32")"),
       "i8[tokens, 64]; f32[tokens, 2]; i8[10, 64]; f16[10, 2]", "f32[tokens, 10]"},
      {"linear", with(kQ8, R"("input_block": 32, "dtype": "bf16", "bias": true)"),
       "i8[tokens, 64]; f32[tokens, 2]; i8[10, 64]; f16[10, 2]; f32[10]", "bf16[tokens, 10]"},
  };
  expect_types(cases);
}

TEST(Linear, OperandsThatDoNotFit) {
  const OpCase cases[] = {
      {"linear", "{}", "f32[tokens, 64]", "expected 2 inputs, got 1"},
      {"linear", R"({"bias": true})", "f32[3, 64]; f32[10, 64]", "expected 3 inputs, got 2"},
      {"linear", with(kQ41), "f32[3, 64]; u4[10, 64]; f16[10, 2]", "expected 4 inputs, got 3"},
      {"linear", "{}", "i8[3, 64]; f32[10, 64]", "x: expected a floating dtype, got i8"},
      {"linear", "{}", "f32[]; f32[10, 64]", "x: expected rank 1 or more, got f32[]"},
      {"linear", "{}", "f32[tokens, 32]; f32[10, 64]", "x: axis -1 is 32, expected 64"},
      {"linear", "{}", "f32[3, 64]; f32[64]", "weight: expected rank 2, got f32[64]"},
      {"linear", "{}", "f32[3, 64]; i8[10, 64]", "weight: expected a floating dtype, got i8"},
      {"linear", R"({"bias": true})", "f32[3, 64]; f32[10, 64]; f32[64]",
       "bias: axis 0 is 64, expected 10"},
      {"linear", R"({"bias": true})", "f32[3, 64]; f32[10, 64]; f32[1, 10]",
       "bias: expected rank 1"},
      {"linear", R"({"bias": true})", "f32[3, 64]; f32[10, 64]; i32[10]",
       "bias: expected a floating dtype, got i32"},
      {"linear", R"({"residual": true})", "f32[3, 64]; f32[10, 64]; f32[3, 64]",
       "residual: expected shape [3, 10], got [3, 64]"},
      {"linear", R"({"dtype": "i32"})", "f32[3, 64]; f32[10, 64]",
       "dtype: expected a floating dtype, got i32"},
  };
  expect_refusals(cases);
}

TEST(Linear, AttributesThatDoNotFit) {
  const OpCase cases[] = {
      {"linear", R"({"gated": true})", "f32[3, 64]; f32[10, 64]", "gated: needs an activation"},
      {"linear", R"({"gated": true, "activation": "silu"})", "f32[3, 64]; f32[9, 64]",
       "gated: expected an even number of weight rows, got 9"},
      {"linear", R"({"gated": true, "activation": "silu"})", "f32[3, 64]; f32[tokens, 64]",
       "gated: expected an even number of weight rows, got tokens"},
      {"linear", R"({"input_block": 32, "dtype": "f32"})", "i8[3, 64]; f32[3, 2]; f32[10, 64]",
       "input_block: expected the weight's block of 0, got 32"},
      {"linear", with(kQ8, R"("input_block": 16, "dtype": "f32")"),
       "i8[3, 64]; f32[3, 4]; i8[10, 64]; f16[10, 2]",
       "input_block: expected the weight's block of 32, got 16"},
      {"linear", with(kQ8, R"("input_block": 32)"), "i8[3, 64]; f32[3, 2]; i8[10, 64]; f16[10, 2]",
       "dtype: quantized x needs one"},
      {"linear", with(kQ8, R"("input_block": 32, "dtype": "f32")"),
       "f32[3, 64]; f32[3, 2]; i8[10, 64]; f16[10, 2]", "x: expected i8, got f32"},
      {"linear", with(kQ8, R"("input_block": 32, "dtype": "f32")"),
       "i8[3, 64]; f32[3, 4]; i8[10, 64]; f16[10, 2]",
       "x scales: expected shape [3, 2], got [3, 4]"},
      {"linear", with(kQ8, R"("input_block": 32, "dtype": "f32")"),
       "i8[3, 64]; f16[3, 2]; i8[10, 64]; f16[10, 2]", "x scales: expected f32, got f16"},
      {"linear", R"({"activation": "swish"})", "f32[3, 64]; f32[10, 64]", "activation"},
  };
  expect_refusals(cases);
}

TEST(WeightRules, CodesScalesAndMinimumsBelongTogether) {
  const OpCase cases[] = {
      {"linear", with(kQ8), "f32[3, 64]; u4[10, 64]; f16[10, 2]", "codes: expected i8, got u4"},
      {"linear", with(kQ8), "f32[3, 48]; i8[10, 48]; f16[10, 1]",
       "codes: expected columns that are a multiple of 32, got i8[10, 48]"},
      {"linear", with(kQ8), "f32[3, 64]; i8[10, 64]; f16[10, 4]",
       "scales: axis 1 is 4, expected 2"},
      {"linear", with(kQ8), "f32[3, 64]; i8[10, 64]; f16[9, 2]",
       "scales: axis 0 is 9, expected 10"},
      {"linear", with(kQ8), "f32[3, 64]; i8[10, 64]; i8[10, 2]",
       "scales: expected a floating dtype, got i8"},
      {"linear", with(kQ41), "f32[3, 64]; u4[10, 64]; f16[10, 2]; f16[10, 1]",
       "minimums: axis 1 is 1, expected 2"},
      {"linear", with(R"("format": {"name": "odd", "block_cols": 0, "code_dtype": "i8"})"),
       "f32[3, 64]; i8[10, 64]; f16[10, 2]",
       "format 'odd': expected block_cols of 1 or more, got 0"},
      {"linear", with(R"("format": {"name": "odd", "block_cols": 32, "code_dtype": "i32"})"),
       "f32[3, 64]; i32[10, 64]; f16[10, 2]", "format 'odd': expected codes of i8 or u4, got i32"},
  };
  expect_refusals(cases);
}

TEST(WeightFormat, CountsItsTensorsAndBytes) {
  const WeightFormatDesc plain{.code_dtype = DType::kBf16};
  EXPECT_EQ(plain.num_tensors(), 1);
  EXPECT_EQ(plain.num_bytes(10, 64), 10 * 64 * 2);
  const WeightFormatDesc q8{.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32};
  EXPECT_EQ(q8.num_tensors(), 2);
  EXPECT_EQ(q8.num_bytes(10, 64), 10 * (64 + 2 * 2)) << "34 bytes a block, as in GGUF";
  const WeightFormatDesc q41{
      .name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true};
  EXPECT_EQ(q41.num_tensors(), 3);
  EXPECT_EQ(q41.num_bytes(10, 64), 10 * 2 * 20) << "20 bytes a block, as in GGUF";
}

TEST(NormLinear, TakesWhatTheTwoTake) {
  const OpCase cases[] = {
      {"norm_linear", "{}", "bf16[tokens, 64]; f32[64]; bf16[10, 64]", "bf16[tokens, 10]"},
      {"norm_linear", R"({"linear": {"gated": true, "activation": "silu"}})",
       "f32[tokens, 64]; f32[64]; f32[10, 64]", "f32[tokens, 5]"},
      {"norm_linear", cat(R"({"linear": )", with(kQ8, R"("bias": true)"), "}"),
       "f32[tokens, 64]; f32[64]; i8[10, 64]; f16[10, 2]; f32[10]", "f32[tokens, 10]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"norm_linear", R"({"norm": {"residual": true}})", "f32[3, 64]; f32[64]; f32[10, 64]",
       "norm: expected neither residual nor quantize_block"},
      {"norm_linear", R"({"norm": {"quantize_block": 32}})", "f32[3, 64]; f32[64]; f32[10, 64]",
       "norm: expected neither residual nor quantize_block"},
      {"norm_linear", R"({"linear": {"input_block": 32}})", "f32[3, 64]; f32[64]; f32[10, 64]",
       "linear: expected input_block 0, got 32"},
      {"norm_linear", "{}", "f32[3, 64]; f32[32]; f32[10, 64]",
       "weight: axis 0 is 32, expected 64"},
      {"norm_linear", "{}", "f32[3, 64]; f32[64]; f32[10, 32]", "x: axis -1 is 64, expected 32"},
      {"norm_linear", "{}", "f32[3, 64]; f32[64]", "expected 3 to 7 inputs, got 2"},
  };
  expect_refusals(refusals);
}

}  // namespace
}  // namespace lathe::ops
