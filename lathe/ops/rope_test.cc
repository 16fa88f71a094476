// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/rope.h"

#include "tests/support/op_cases.h"

namespace lathe::ops {
namespace {

using testing::expect_refusals;
using testing::expect_types;
using testing::OpCase;

constexpr const char* kDynamic =
    R"({"rotary_dims": 8, "scaling": {"type": "dynamic", "factor": 2, "original_max_positions": 8}})";

TEST(Rope, KeepsTheType) {
  const OpCase cases[] = {
      {"rope", R"({"rotary_dims": 64})", "bf16[tokens, 9, 64]; i32[tokens]", "bf16[tokens, 9, 64]"},
      {"rope", R"({"rotary_dims": 2, "style": "interleaved", "theta": 5e5})",
       "f32[7, 1, 64]; i32[7]", "f32[7, 1, 64]"},
      {"rope", kDynamic, "f32[tokens, 2, 8]; i32[tokens]; i32[tokens]", "f32[tokens, 2, 8]"},
  };
  expect_types(cases);
}

TEST(Rope, Refusals) {
  const std::string x = "f32[tokens, 2, 8]; i32[tokens]";
  const OpCase cases[] = {
      {"rope", R"({"rotary_dims": 7})", x,
       "rotary_dims: expected an even number from 2 to head_dim (8), got 7"},
      {"rope", R"({"rotary_dims": 0})", x, "head_dim (8), got 0"},
      {"rope", R"({"rotary_dims": 10})", x, "head_dim (8), got 10"},
      {"rope", R"({"rotary_dims": 8})", "f32[2, 8, tokens]; i32[2]", "head_dim (tokens), got 8"},
      {"rope", R"({"rotary_dims": 8})", "f32[tokens, 16]; i32[tokens]", "x: expected rank 3"},
      {"rope", R"({"rotary_dims": 8})", "i8[tokens, 2, 8]; i32[tokens]",
       "x: expected a floating dtype, got i8"},
      {"rope", R"({"rotary_dims": 8})", "f32[tokens, 2, 8]; i64[tokens]",
       "positions: expected i32, got i64"},
      {"rope", R"({"rotary_dims": 8})", "f32[tokens, 2, 8]; i32[sequences]",
       "positions: axis 0 is sequences, expected tokens"},
      {"rope", R"({"rotary_dims": 8})", "f32[tokens, 2, 8]", "expected 2 inputs, got 1"},
      {"rope", kDynamic, x, "expected 3 inputs, got 2"},
      {"rope", kDynamic, x + "; i32[5]", "lengths: axis 0 is 5, expected tokens"},
      {"rope", R"({"rotary_dims": 8, "theta": 0})", x, "theta: expected a number above 1, got 0"},
      {"rope", R"({"rotary_dims": 8, "style": "whole"})", x, "style"},
      {"rope", R"({"rotary_dims": 8, "scaling": {"type": "linear", "factor": -2}})", x,
       "scaling linear: factor: expected a positive number, got -2"},
      {"rope", R"({"rotary_dims": 8, "scaling": {"type": "frequency_factors", "factors": [1, 2]}})",
       x, "scaling frequency_factors: factors: expected one a pair (4), got 2"},
  };
  expect_refusals(cases);
}

TEST(Rope, StylesReadBack) {
  for (const RopeStyle style : enum_values(RopeStyle{})) {
    RopeStyle back{};
    read_json(lathe::to_json(style), back);
    EXPECT_EQ(back, style);
  }
  EXPECT_EQ(to_string(RopeStyle::kHalf), "half");
  EXPECT_EQ(to_string(RopeStyle::kInterleaved), "interleaved");
}

}  // namespace
}  // namespace lathe::ops
