// SPDX-License-Identifier: Apache-2.0
// Rules of the norms, of quantize and dequantize, the embedding and the gate.
#include "lathe/ops/norm.h"

#include "tests/support/op_cases.h"

namespace lathe::ops {
namespace {

using testing::expect_refusals;
using testing::expect_types;
using testing::OpCase;

TEST(RmsNorm, GivesTheSumAndTheNormInTheFormAskedFor) {
  const OpCase cases[] = {
      {"rms_norm", "{}", "bf16[tokens, 64]; f32[64]", "bf16[tokens, 64]"},
      {"rms_norm", "{}", "f32[64]; f32[64]", "f32[64]"},
      {"rms_norm", R"({"residual": true})", "f16[tokens, 64]; f16[tokens, 64]; f16[64]",
       "f16[tokens, 64]; f16[tokens, 64]"},
      {"rms_norm", R"({"quantize_block": 32})", "f32[tokens, 64]; f32[64]",
       "i8[tokens, 64]; f32[tokens, 2]"},
      {"rms_norm", R"({"residual": true, "quantize_block": 64})",
       "f32[tokens, 64]; f32[tokens, 64]; f32[64]",
       "f32[tokens, 64]; i8[tokens, 64]; f32[tokens, 1]"},
  };
  expect_types(cases);
}

TEST(RmsNorm, Refusals) {
  const OpCase cases[] = {
      {"rms_norm", "{}", "f32[3, 64]", "expected 2 inputs, got 1"},
      {"rms_norm", R"({"residual": true})", "f32[3, 64]; f32[64]", "expected 3 inputs, got 2"},
      {"rms_norm", "{}", "i32[3, 64]; f32[64]", "x: expected a floating dtype, got i32"},
      {"rms_norm", "{}", "f32[]; f32[1]", "x: expected rank 1 or more, got f32[]"},
      {"rms_norm", "{}", "f32[3, 64]; f32[32]", "weight: axis 0 is 32, expected 64"},
      {"rms_norm", "{}", "f32[3, 64]; f32[1, 64]", "weight: expected rank 1, got f32[1, 64]"},
      {"rms_norm", "{}", "f32[3, 64]; i8[64]", "weight: expected a floating dtype, got i8"},
      {"rms_norm", R"({"residual": true})", "f32[3, 64]; bf16[3, 64]; f32[64]",
       "residual: expected f32, got bf16"},
      {"rms_norm", R"({"residual": true})", "f32[3, 64]; f32[64]; f32[64]",
       "residual: expected shape [3, 64], got [64]"},
      {"rms_norm", R"({"quantize_block": 48})", "f32[3, 64]; f32[64]",
       "x: expected a last axis that is a multiple of block 48, got f32[3, 64]"},
      {"rms_norm", R"({"quantize_block": -1})", "f32[3, 64]; f32[64]",
       "block: expected 1 or more, got -1"},
  };
  expect_refusals(cases);
}

TEST(LayerNorm, MayHaveABias) {
  const OpCase cases[] = {
      {"layer_norm", "{}", "f16[2, tokens, 64]; f32[64]", "f16[2, tokens, 64]"},
      {"layer_norm", "{}", "f16[tokens, 64]; f32[64]; f32[64]", "f16[tokens, 64]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"layer_norm", "{}", "f32[3, 64]; f32[64]; f32[63]", "bias: axis 0 is 63, expected 64"},
      {"layer_norm", "{}", "f32[3, 64]; f32[64]; f32[64]; f32[64]",
       "expected 2 to 3 inputs, got 4"},
      {"layer_norm", "{}", "f32[3, tokens]; f32[64]", "weight: axis 0 is 64, expected tokens"},
      {"layer_norm", R"({"epsilon": 1e-5})", "f32[3, 64]; f32[64]", "unknown field 'epsilon'"},
  };
  expect_refusals(refusals);
}

TEST(Quantize, GivesCodesAndAScaleABlock) {
  const OpCase cases[] = {
      {"quantize", R"({"block": 32})", "f32[tokens, 64]", "i8[tokens, 64]; f32[tokens, 2]"},
      {"quantize", R"({"block": 1})", "bf16[3]", "i8[3]; f32[3]"},
      {"quantize", R"({"block": 16})", "f16[2, tokens, 16]",
       "i8[2, tokens, 16]; f32[2, tokens, 1]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"quantize", R"({"block": 32})", "f32[tokens, 48]",
       "x: expected a last axis that is a multiple of block 32, got f32[tokens, 48]"},
      {"quantize", R"({"block": 32})", "f32[64, tokens]", "got f32[64, tokens]"},
      {"quantize", R"({"block": 0})", "f32[32]", "block: expected 1 or more, got 0"},
      {"quantize", R"({"block": 32})", "i8[32]", "x: expected a floating dtype, got i8"},
      {"quantize", R"({"block": 32})", "f32[]", "x: expected rank 1 or more"},
  };
  expect_refusals(refusals);
}

TEST(Dequantize, GivesTheWeightInADtype) {
  const std::string q40 =
      R"({"format": {"name": "q4_0", "code_dtype": "u4", "block_cols": 32, "code_offset": 8},
          "dtype": "bf16"})";
  const OpCase cases[] = {{"dequantize", q40, "u4[10, 64]; f16[10, 2]", "bf16[10, 64]"},
                          {"dequantize", "{}", "f32[10, 64]", "f32[10, 64]"}};
  expect_types(cases);
  const OpCase refusals[] = {
      {"dequantize", q40, "u4[10, 64]", "expected 2 inputs, got 1"},
      {"dequantize", q40, "u4[64]; f16[2]", "codes: expected rank 2, got u4[64]"},
      {"dequantize", R"({"dtype": "i8"})", "f32[10, 64]",
       "dtype: expected a floating dtype, got i8"},
  };
  expect_refusals(refusals);
}

TEST(Embedding, GivesARowAnId) {
  const OpCase cases[] = {
      {"embedding", R"({"dtype": "bf16"})", "i32[tokens]; bf16[100, 64]", "bf16[tokens, 64]"},
      {"embedding", R"({"format": {"name": "q8_0", "code_dtype": "i8", "block_cols": 32}})",
       "i32[tokens]; i8[100, 64]; f16[100, 2]", "f32[tokens, 64]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"embedding", "{}", "i64[tokens]; f32[100, 64]", "ids: expected i32, got i64"},
      {"embedding", "{}", "i32[tokens, 1]; f32[100, 64]", "ids: expected rank 1"},
      {"embedding", "{}", "i32[tokens]; f32[100]", "weight: expected rank 2"},
      {"embedding", R"({"dtype": "i8"})", "i32[tokens]; f32[100, 64]",
       "dtype: expected a floating dtype, got i8"},
      {"embedding", "{}", "i32[tokens]", "expected 2 inputs, got 1"},
  };
  expect_refusals(refusals);
}

TEST(GatedActivation, HalvesTheLastAxis) {
  const OpCase cases[] = {
      {"gated_activation", "{}", "bf16[tokens, 64]", "bf16[tokens, 32]"},
      {"gated_activation", R"({"activation": "gelu_tanh"})", "f32[2]", "f32[1]"},
      {"gated_activation", "{}", "f32[tokens, 0]", "f32[tokens, 0]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"gated_activation", "{}", "f32[tokens, 63]",
       "x: expected a last axis of even size, got f32[tokens, 63]"},
      {"gated_activation", "{}", "f32[64, tokens]", "x: expected a last axis of even size"},
      {"gated_activation", "{}", "i32[64]", "x: expected a floating dtype, got i32"},
      {"gated_activation", "{}", "f32[]", "x: expected rank 1 or more"},
      {"gated_activation", R"({"activation": "not"})", "f32[64]",
       "activation: expected one of floating values, got not"},
  };
  expect_refusals(refusals);
}

}  // namespace
}  // namespace lathe::ops
