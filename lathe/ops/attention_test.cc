// SPDX-License-Identifier: Apache-2.0
// Rules of attention, whole and paged, of the cache's write, and of their fusions with rope.
#include "lathe/ops/attention.h"

#include "tests/support/op_cases.h"

namespace lathe::ops {
namespace {

using testing::expect_refusals;
using testing::expect_types;
using testing::OpCase;

TEST(Attention, TakesGroupsOfHeadsAndPackedSequences) {
  const OpCase cases[] = {
      {"attention", "{}", "f32[tokens, 9, 64]; f32[tokens, 3, 64]; f32[tokens, 3, 64]",
       "f32[tokens, 9, 64]"},
      {"attention", "{}", "bf16[7, 8, 16]; bf16[7, 8, 16]; bf16[7, 8, 16]", "bf16[7, 8, 16]"},
      {"attention", "{}",
       "f16[tokens, 4, 16]; f16[tokens, 1, 16]; f16[tokens, 1, 16]; i32[sequences+1]",
       "f16[tokens, 4, 16]"},
      {"attention", R"({"options": {"window": 4, "sink_tokens": 1, "soft_cap": 30}})",
       "f32[3, 2, 8]; f32[3, 2, 8]; f32[3, 2, 8]", "f32[3, 2, 8]"},
      {"attention", R"({"options": {"alibi_slopes": [0.5, 0.25]}})",
       "f32[3, 2, 8]; f32[3, 2, 8]; f32[3, 2, 8]", "f32[3, 2, 8]"},
  };
  expect_types(cases);
}

TEST(Attention, Refusals) {
  const std::string good = "f32[3, 2, 8]; f32[3, 2, 8]; f32[3, 2, 8]";
  const OpCase cases[] = {
      {"attention", "{}", "f32[3, 2, 8]; f32[3, 2, 8]", "expected 3 to 4 inputs, got 2"},
      {"attention", "{}", "i32[3, 2, 8]; f32[3, 2, 8]; f32[3, 2, 8]",
       "q: expected a floating dtype, got i32"},
      {"attention", "{}", "f32[3, 16]; f32[3, 2, 8]; f32[3, 2, 8]",
       "q: expected rank 3, got f32[3, 16]"},
      {"attention", "{}", "f32[3, 2, 8]; f32[4, 2, 8]; f32[4, 2, 8]",
       "k: axis 0 is 4, expected 3 (f32[4, 2, 8])"},
      {"attention", "{}", "f32[tokens, 2, 8]; f32[3, 2, 8]; f32[3, 2, 8]",
       "k: axis 0 is 3, expected tokens"},
      {"attention", "{}", "f32[3, 2, 8]; f32[3, 2, 4]; f32[3, 2, 4]", "k: axis 2 is 4, expected 8"},
      {"attention", "{}", "f32[3, 2, 8]; f32[3, 2, 8]; f32[3, 1, 8]",
       "v: expected shape [3, 2, 8], got [3, 1, 8]"},
      {"attention", "{}", "f32[3, 5, 8]; f32[3, 2, 8]; f32[3, 2, 8]",
       "q: expected heads that are a multiple of 2 kv_heads, got f32[3, 5, 8]"},
      {"attention", "{}", "f32[3, 5, 8]; f32[3, 0, 8]; f32[3, 0, 8]", "a multiple of 0 kv_heads"},
      {"attention", "{}", good + "; i64[2]", "cu_lengths: expected i32, got i64"},
      {"attention", "{}", good + "; i32[2, 1]", "cu_lengths: expected rank 1, got i32[2, 1]"},
      {"attention", R"({"options": {"window": -1}})", good,
       "options: expected window and sink_tokens of 0 or more, got -1 and 0"},
      {"attention", R"({"options": {"sink_tokens": -2}})", good, "got 0 and -2"},
      {"attention", R"({"options": {"soft_cap": -1}})", good,
       "options: expected a finite scale and a soft_cap of 0 or more, got 1 and -1"},
      {"attention", R"({"options": {"alibi_slopes": [1, 2, 3]}})", good,
       "alibi_slopes: expected one a head of q (2), got 3"},
      {"attention", R"({"options": {"windows": 1}})", good, "unknown field 'windows'"},
  };
  expect_refusals(cases);
}

constexpr std::string_view kStep = "i32[tokens]; i32[sequences+1]; i32[sequences, table_width]";

TEST(KvWrite, GivesTheCachesNextState) {
  const OpCase cases[] = {
      {"kv_write", "{}", cat("state[3, 64]; bf16[tokens, 3, 64]; bf16[tokens, 3, 64]; ", kStep),
       "state[3, 64]"},
      {"kv_write", "{}", "state[1, 8]; f32[5, 1, 8]; f32[5, 1, 8]; i32[5]; i32[3]; i32[2, 9]",
       "state[1, 8]"},
  };
  expect_types(cases);
}

TEST(KvWrite, Refusals) {
  const auto with = [](std::string_view cache, std::string_view k) {
    return cat(cache, "; ", k, "; ", k, "; ", kStep);
  };
  const OpCase cases[] = {
      {"kv_write", "{}", "state[3, 64]", "expected 6 inputs, got 1"},
      {"kv_write", "{}", with("f32[3, 64]", "f32[tokens, 3, 64]"),
       "cache: expected state, got f32"},
      {"kv_write", "{}", with("state[3, 64, 2]", "f32[tokens, 3, 64]"), "cache: expected rank 2"},
      {"kv_write", "{}", with("state[3, 64]", "f32[tokens, 2, 64]"), "k: axis 1 is 2, expected 3"},
      {"kv_write", "{}", with("state[3, 64]", "f32[tokens, 3, 32]"),
       "k: axis 2 is 32, expected 64"},
      {"kv_write", "{}", with("state[3, 64]", "i8[tokens, 3, 64]"),
       "k: expected a floating dtype, got i8"},
      {"kv_write", "{}", with("state[3, 64]", "f32[5, 3, 64]"), "positions: axis 0 is tokens"},
      {"kv_write", "{}", "state[1, 8]; f32[5, 1, 8]; f32[5, 1, 8]; i32[5]; i32[3]; i32[3, 9]",
       "block_tables: axis 0 is 3, expected 2"},
      {"kv_write", "{}", "state[1, 8]; f32[5, 1, 8]; f32[5, 1, 8]; i32[5]; f32[3]; i32[2, 9]",
       "cu_q_lengths: expected i32, got f32"},
  };
  expect_refusals(cases);
}

TEST(PagedAttention, ReadsTheCache) {
  const OpCase cases[] = {
      {"paged_attention", "{}",
       "f16[tokens, 9, 64]; state[3, 64]; i32[sequences+1]; i32[sequences]; "
       "i32[sequences, table_width]",
       "f16[tokens, 9, 64]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"paged_attention", "{}", "f16[5, 8, 64]; state[3, 64]; i32[3]; i32[2]; i32[2, 4]",
       "q: expected heads that are a multiple of 3 kv_heads"},
      {"paged_attention", "{}", "f16[5, 9, 32]; state[3, 64]; i32[3]; i32[2]; i32[2, 4]",
       "q: axis 2 is 32, expected 64"},
      {"paged_attention", "{}", "f16[5, 9, 64]; state[3, 64]; i32[3]; i32[3]; i32[2, 4]",
       "kv_lengths: axis 0 is 3, expected 2"},
      {"paged_attention", "{}", "f16[5, 9, 64]; state[3, 64]; i32[3]; i32[2]; i32[8]",
       "block_tables: expected rank 2, got i32[8]"},
      {"paged_attention", "{}", "f16[5, 9, 64]; f16[3, 64]; i32[3]; i32[2]; i32[2, 4]",
       "cache: expected state, got f16"},
  };
  expect_refusals(refusals);
}

// 4 query heads over 2 key heads of 8: qkv has (4 + 2 * 2) * 8 columns.
constexpr std::string_view kRope = R"("rope": {"rotary_dims": 8}, "heads": 4)";
const std::string kFused = cat("{", kRope, "}");
const std::string kFusedAttention = cat(R"({"rope": {)", kRope, "}}");
constexpr std::string_view kDynamic =
    R"({"rope": {"rotary_dims": 8, "scaling": {"type": "dynamic", "factor": 2,
        "original_max_positions": 64}}, "heads": 4})";

TEST(RopeKvWrite, SplitsTheProjection) {
  const OpCase cases[] = {
      {"rope_kv_write", kFused, cat("state[2, 8]; f16[tokens, 64]; ", kStep),
       "f16[tokens, 4, 8]; state[2, 8]"},
      {"rope_kv_write", std::string(kDynamic),
       cat("state[2, 8]; f32[tokens, 64]; ", kStep, "; i32[tokens]"),
       "f32[tokens, 4, 8]; state[2, 8]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"rope_kv_write", kFused, cat("state[2, 8]; f16[tokens, 56]; ", kStep),
       "qkv: axis 1 is 56, expected 64"},
      {"rope_kv_write", kFused, cat("state[2, 8]; f16[tokens, 8, 8]; ", kStep),
       "qkv: expected rank 2"},
      {"rope_kv_write", R"({"rope": {"rotary_dims": 8}, "heads": 0})",
       cat("state[2, 8]; f16[tokens, 32]; ", kStep), "heads: expected 1 or more, got 0"},
      {"rope_kv_write", R"({"rope": {"rotary_dims": 9}, "heads": 4})",
       cat("state[2, 8]; f16[tokens, 64]; ", kStep), "rotary_dims: expected an even number"},
      {"rope_kv_write", std::string(kDynamic), cat("state[2, 8]; f32[tokens, 64]; ", kStep),
       "expected 6 inputs, got 5"},
      {"rope_kv_write", kFused, cat("bf16[2, 8]; f16[tokens, 64]; ", kStep),
       "cache: expected state, got bf16"},
  };
  expect_refusals(refusals);
}

TEST(RopePagedAttention, IsTheTwoInOne) {
  const std::string step =
      "i32[tokens]; i32[sequences+1]; i32[sequences]; i32[sequences, table_width]";
  const OpCase cases[] = {
      {"rope_paged_attention", kFusedAttention, "state[2, 8]; bf16[tokens, 64]; " + step,
       "bf16[tokens, 4, 8]; state[2, 8]"},
  };
  expect_types(cases);
  const OpCase refusals[] = {
      {"rope_paged_attention", kFusedAttention, "state[2, 8]; bf16[tokens, 48]; " + step,
       "qkv: axis 1 is 48, expected 64"},
      {"rope_paged_attention", kFusedAttention, "state[3, 8]; bf16[tokens, 80]; " + step,
       "q: expected heads that are a multiple of 3 kv_heads"},
      {"rope_paged_attention", kFusedAttention,
       "state[2, 8]; bf16[tokens, 64]; i32[tokens]; i32[3]; i32[9]; i32[2, 4]",
       "kv_lengths: axis 0 is 9, expected 2"},
      {"rope_paged_attention", kFusedAttention, "state[2, 8]; bf16[tokens, 64]",
       "expected 6 inputs, got 2"},
  };
  expect_refusals(refusals);
}

}  // namespace
}  // namespace lathe::ops
