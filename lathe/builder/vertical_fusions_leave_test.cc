// SPDX-License-Identifier: Apache-2.0
// What a pass must leave alone: each network here is one step away from what the pass takes.
// Vertical fusions: activation, residual, norm, quantization.
#include <gtest/gtest.h>

#include "tests/support/pass_cases.h"

namespace lathe::builder {
namespace {

using testing::Left;

const Left kLeft[] = {
    {"an_activation_of_a_linear_that_is_read_twice", "fuse_activation", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[8, 16]
  %0: f32[tokens, 8] = linear(%x, %w)
  %1: f32[tokens, 8] = unary(%0) {"kind":"silu"}
  %2: f32[tokens, 8] = binary(%0, %1)
  output y = %2)"},
    {"an_activation_of_a_linear_that_is_an_output", "fuse_activation", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[8, 16]
  %0: f32[tokens, 8] = linear(%x, %w)
  %1: f32[tokens, 8] = unary(%0) {"kind":"relu"}
  output y = %1
  output z = %0)"},
    {"a_function_that_is_no_activation", "fuse_activation", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[8, 16]
  %0: f32[tokens, 8] = linear(%x, %w)
  %1: f32[tokens, 8] = unary(%0) {"kind":"exp"}
  output y = %1)"},
    {"a_second_activation", "fuse_activation", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[8, 16]
  %0: f32[tokens, 8] = linear(%x, %w) {"activation":"relu"}
  %1: f32[tokens, 8] = unary(%0) {"kind":"silu"}
  output y = %1)"},
    {"an_activation_behind_a_residual", "fuse_activation", R"(
  input %x: f32[tokens, 16]
  input %r: f32[tokens, 8]
  parameter %w: f32[8, 16]
  %0: f32[tokens, 8] = linear(%x, %w, %r) {"residual":true}
  %1: f32[tokens, 8] = unary(%0) {"kind":"silu"}
  output y = %1)"},
    {"an_activation_of_what_is_no_linear", "fuse_activation", R"(
  input %x: f32[tokens, 16]
  input %w: f32[16, 8]
  %0: f32[tokens, 8] = matmul(%x, %w)
  %1: f32[tokens, 8] = unary(%0) {"kind":"silu"}
  output y = %1)"},
    {"a_sum_with_a_linear_that_is_read_twice", "fuse_residual", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[16, 16]
  %0: f32[tokens, 16] = linear(%x, %w)
  %1: f32[tokens, 16] = binary(%0, %x)
  %2: f32[tokens, 16] = binary(%1, %0) {"kind":"mul"}
  output y = %2)"},
    {"a_linear_added_to_itself", "fuse_residual", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[16, 16]
  %0: f32[tokens, 16] = linear(%x, %w)
  %1: f32[tokens, 16] = binary(%0, %0)
  output y = %1)"},
    {"a_difference_with_a_linear", "fuse_residual", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[16, 16]
  %0: f32[tokens, 16] = linear(%x, %w)
  %1: f32[tokens, 16] = binary(%x, %0) {"kind":"sub"}
  output y = %1)"},
    {"a_sum_that_repeats_a_row", "fuse_residual", R"(
  input %x: f32[tokens, 16]
  input %r: f32[16]
  parameter %w: f32[16, 16]
  %0: f32[tokens, 16] = linear(%x, %w)
  %1: f32[tokens, 16] = binary(%0, %r)
  output y = %1)"},
    {"a_second_residual", "fuse_residual", R"(
  input %x: f32[tokens, 16]
  input %r: f32[tokens, 16]
  parameter %w: f32[16, 16]
  %0: f32[tokens, 16] = linear(%x, %w, %r) {"residual":true}
  %1: f32[tokens, 16] = binary(%0, %x)
  output y = %1)"},
    {"a_norm_of_a_product", "fuse_residual_norm", R"(
  input %x: f32[tokens, 16]
  input %r: f32[tokens, 16]
  parameter %w: f32[16]
  %0: f32[tokens, 16] = binary(%x, %r) {"kind":"mul"}
  %1: f32[tokens, 16] = rms_norm(%0, %w)
  output y = %1)"},
    {"a_norm_of_a_sum_that_repeats_a_row", "fuse_residual_norm", R"(
  input %x: f32[tokens, 16]
  input %r: f32[16]
  parameter %w: f32[16]
  %0: f32[tokens, 16] = binary(%x, %r)
  %1: f32[tokens, 16] = rms_norm(%0, %w)
  output y = %1)"},
    {"a_norm_whose_weight_is_computed", "fuse_residual_norm", R"(
  input %x: f32[tokens, 16]
  input %r: f32[tokens, 16]
  parameter %w: f32[16]
  %0: f32[tokens, 16] = binary(%x, %r)
  %1: f32[16] = unary(%w) {"kind":"square"}
  %2: f32[tokens, 16] = rms_norm(%0, %1)
  output y = %2)"},
    {"a_norm_with_a_residual_already", "fuse_residual_norm", R"(
  input %x: f32[tokens, 16]
  input %r: f32[tokens, 16]
  parameter %w: f32[16]
  %0: f32[tokens, 16] = binary(%x, %r)
  %1: f32[tokens, 16], %2: f32[tokens, 16] = rms_norm(%0, %x, %w) {"residual":true}
  %3: f32[tokens, 16] = binary(%1, %2) {"kind":"mul"}
  output y = %3)"},
    {"a_layer_norm_of_a_sum", "fuse_residual_norm", R"(
  input %x: f32[tokens, 16]
  input %r: f32[tokens, 16]
  parameter %w: f32[16]
  %0: f32[tokens, 16] = binary(%x, %r)
  %1: f32[tokens, 16] = layer_norm(%0, %w)
  output y = %1)"},
    {"a_norm_that_is_quantized_and_read", "fuse_norm_quantize", R"(
  input %x: f32[tokens, 32]
  parameter %w: f32[32]
  %0: f32[tokens, 32] = rms_norm(%x, %w)
  %1: i8[tokens, 32], %2: f32[tokens, 1] = quantize(%0)
  output codes = %1
  output scales = %2
  output y = %0)"},
    {"a_sum_that_is_quantized_beside_its_norm", "fuse_norm_quantize", R"(
  input %x: f32[tokens, 32]
  input %r: f32[tokens, 32]
  parameter %w: f32[32]
  %0: f32[tokens, 32], %1: f32[tokens, 32] = rms_norm(%x, %r, %w) {"residual":true}
  %2: i8[tokens, 32], %3: f32[tokens, 1] = quantize(%0)
  output codes = %2
  output scales = %3
  output y = %1)"},
    {"a_layer_norm_that_is_quantized", "fuse_norm_quantize", R"(
  input %x: f32[tokens, 32]
  parameter %w: f32[32]
  %0: f32[tokens, 32] = layer_norm(%x, %w)
  %1: i8[tokens, 32], %2: f32[tokens, 1] = quantize(%0)
  output codes = %1
  output scales = %2)"},
    {"a_projection_of_more_than_three_pieces", "fuse_rope_kv_write", R"(
  input %qkv: f32[tokens, 48]
  input %positions: i32[tokens]
  input %cu: i32[sequences+1]
  input %lengths: i32[sequences]
  input %tables: i32[sequences, table_width]
  state %kv: state[1, 8] {"kv_heads":1,"head_dim":8}
  %s0: f32[tokens, 16], %s1: f32[tokens, 8], %s2: f32[tokens, 8], %s3: f32[tokens, 16] = split(%qkv) {"axis":-1,"sizes":[16,8,8,16]}
  %r0: f32[tokens, 2, 8] = reshape(%s0) {"shape":["tokens",2,8]}
  %r1: f32[tokens, 1, 8] = reshape(%s1) {"shape":["tokens",1,8]}
  %r2: f32[tokens, 1, 8] = reshape(%s2) {"shape":["tokens",1,8]}
  %p0: f32[tokens, 2, 8] = rope(%r0, %positions) {"rotary_dims":8}
  %p1: f32[tokens, 1, 8] = rope(%r1, %positions) {"rotary_dims":8}
  %w: state[1, 8] = kv_write(%kv, %p1, %r2, %positions, %cu, %tables)
  %y: f32[tokens, 2, 8] = paged_attention(%p0, %w, %cu, %lengths, %tables) {"options":{"scale":0.5}}
  output y = %y
  output gate = %s3)"},
    {"values_before_keys", "fuse_rope_kv_write", R"(
  input %qkv: f32[tokens, 32]
  input %positions: i32[tokens]
  input %cu: i32[sequences+1]
  input %lengths: i32[sequences]
  input %tables: i32[sequences, table_width]
  state %kv: state[1, 8] {"kv_heads":1,"head_dim":8}
  %s0: f32[tokens, 16], %s1: f32[tokens, 8], %s2: f32[tokens, 8] = split(%qkv) {"axis":-1,"sizes":[16,8,8]}
  %r0: f32[tokens, 2, 8] = reshape(%s0) {"shape":["tokens",2,8]}
  %r1: f32[tokens, 1, 8] = reshape(%s2) {"shape":["tokens",1,8]}
  %r2: f32[tokens, 1, 8] = reshape(%s1) {"shape":["tokens",1,8]}
  %p0: f32[tokens, 2, 8] = rope(%r0, %positions) {"rotary_dims":8}
  %p1: f32[tokens, 1, 8] = rope(%r1, %positions) {"rotary_dims":8}
  %w: state[1, 8] = kv_write(%kv, %p1, %r2, %positions, %cu, %tables)
  %y: f32[tokens, 2, 8] = paged_attention(%p0, %w, %cu, %lengths, %tables) {"options":{"scale":0.5}}
  output y = %y)"},
    {"queries_and_keys_turned_differently", "fuse_rope_kv_write", R"(
  input %qkv: f32[tokens, 32]
  input %positions: i32[tokens]
  input %cu: i32[sequences+1]
  input %lengths: i32[sequences]
  input %tables: i32[sequences, table_width]
  state %kv: state[1, 8] {"kv_heads":1,"head_dim":8}
  %s0: f32[tokens, 16], %s1: f32[tokens, 8], %s2: f32[tokens, 8] = split(%qkv) {"axis":-1,"sizes":[16,8,8]}
  %r0: f32[tokens, 2, 8] = reshape(%s0) {"shape":["tokens",2,8]}
  %r1: f32[tokens, 1, 8] = reshape(%s1) {"shape":["tokens",1,8]}
  %r2: f32[tokens, 1, 8] = reshape(%s2) {"shape":["tokens",1,8]}
  %p0: f32[tokens, 2, 8] = rope(%r0, %positions) {"rotary_dims":8}
  %p1: f32[tokens, 1, 8] = rope(%r1, %positions) {"rotary_dims":4}
  %w: state[1, 8] = kv_write(%kv, %p1, %r2, %positions, %cu, %tables)
  %y: f32[tokens, 2, 8] = paged_attention(%p0, %w, %cu, %lengths, %tables) {"options":{"scale":0.5}}
  output y = %y)"},
    {"rotated_keys_that_are_an_output", "fuse_rope_kv_write", R"(
  input %qkv: f32[tokens, 32]
  input %positions: i32[tokens]
  input %cu: i32[sequences+1]
  input %lengths: i32[sequences]
  input %tables: i32[sequences, table_width]
  state %kv: state[1, 8] {"kv_heads":1,"head_dim":8}
  %s0: f32[tokens, 16], %s1: f32[tokens, 8], %s2: f32[tokens, 8] = split(%qkv) {"axis":-1,"sizes":[16,8,8]}
  %r0: f32[tokens, 2, 8] = reshape(%s0) {"shape":["tokens",2,8]}
  %r1: f32[tokens, 1, 8] = reshape(%s1) {"shape":["tokens",1,8]}
  %r2: f32[tokens, 1, 8] = reshape(%s2) {"shape":["tokens",1,8]}
  %p0: f32[tokens, 2, 8] = rope(%r0, %positions) {"rotary_dims":8}
  %p1: f32[tokens, 1, 8] = rope(%r1, %positions) {"rotary_dims":8}
  %w: state[1, 8] = kv_write(%kv, %p1, %r2, %positions, %cu, %tables)
  %y: f32[tokens, 2, 8] = paged_attention(%p0, %w, %cu, %lengths, %tables) {"options":{"scale":0.5}}
  output y = %y
  output k = %p1)"},
    {"rotated_queries_that_are_an_output", "fuse_rope_kv_write", R"(
  input %qkv: f32[tokens, 32]
  input %positions: i32[tokens]
  input %cu: i32[sequences+1]
  input %lengths: i32[sequences]
  input %tables: i32[sequences, table_width]
  state %kv: state[1, 8] {"kv_heads":1,"head_dim":8}
  %s0: f32[tokens, 16], %s1: f32[tokens, 8], %s2: f32[tokens, 8] = split(%qkv) {"axis":-1,"sizes":[16,8,8]}
  %r0: f32[tokens, 2, 8] = reshape(%s0) {"shape":["tokens",2,8]}
  %r1: f32[tokens, 1, 8] = reshape(%s1) {"shape":["tokens",1,8]}
  %r2: f32[tokens, 1, 8] = reshape(%s2) {"shape":["tokens",1,8]}
  %p0: f32[tokens, 2, 8] = rope(%r0, %positions) {"rotary_dims":8}
  %p1: f32[tokens, 1, 8] = rope(%r1, %positions) {"rotary_dims":8}
  %w: state[1, 8] = kv_write(%kv, %p1, %r2, %positions, %cu, %tables)
  %y: f32[tokens, 2, 8] = paged_attention(%p0, %w, %cu, %lengths, %tables) {"options":{"scale":0.5}}
  output y = %y
  output q = %p0)"},
};

class VerticalFusionLeaves : public ::testing::TestWithParam<Left> {};

TEST_P(VerticalFusionLeaves, TheNetworkAsItWas) { testing::expect_left(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Passes, VerticalFusionLeaves, ::testing::ValuesIn(kLeft),
                         testing::left_name);

}  // namespace
}  // namespace lathe::builder
