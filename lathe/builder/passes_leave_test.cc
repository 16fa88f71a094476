// SPDX-License-Identifier: Apache-2.0
// What a pass must leave alone: each network here is one step away from what the pass takes.
// Horizontal fusions, clean up, recognition.
#include <gtest/gtest.h>

#include "tests/support/pass_cases.h"

namespace lathe::builder {
namespace {

using testing::Left;

const Left kLeft[] = {
    {"a_gate_over_another_activation", "gate_linear", R"(
  input %x: f32[tokens, 16]
  input %z: f32[tokens, 16]
  parameter %gate: f32[24, 16] {"sources":[{"tensor":"g","transposed":false}],"source_rows":[24]}
  parameter %up: f32[24, 16] {"sources":[{"tensor":"u","transposed":false}],"source_rows":[24]}
  %0: f32[tokens, 24] = linear(%x, %gate)
  %1: f32[tokens, 24] = linear(%z, %up)
  %2: f32[tokens, 24] = unary(%0) {"kind":"silu"}
  %3: f32[tokens, 24] = binary(%2, %1) {"kind":"mul"}
  output y = %3)"},
    {"a_gate_that_no_kernel_activates", "gate_linear", R"(
  input %x: f32[tokens, 16]
  parameter %gate: f32[24, 16] {"sources":[{"tensor":"g","transposed":false}],"source_rows":[24]}
  parameter %up: f32[24, 16] {"sources":[{"tensor":"u","transposed":false}],"source_rows":[24]}
  %0: f32[tokens, 24] = linear(%x, %gate)
  %1: f32[tokens, 24] = linear(%x, %up)
  %2: f32[tokens, 24] = unary(%0) {"kind":"exp"}
  %3: f32[tokens, 24] = binary(%2, %1) {"kind":"mul"}
  output y = %3)"},
    {"a_gate_that_is_added", "gate_linear", R"(
  input %x: f32[tokens, 16]
  parameter %gate: f32[24, 16] {"sources":[{"tensor":"g","transposed":false}],"source_rows":[24]}
  parameter %up: f32[24, 16] {"sources":[{"tensor":"u","transposed":false}],"source_rows":[24]}
  %0: f32[tokens, 24] = linear(%x, %gate)
  %1: f32[tokens, 24] = linear(%x, %up)
  %2: f32[tokens, 24] = unary(%0) {"kind":"silu"}
  %3: f32[tokens, 24] = binary(%2, %1)
  output y = %3)"},
    {"an_activated_gate_that_is_read_twice", "gate_linear", R"(
  input %x: f32[tokens, 16]
  parameter %gate: f32[24, 16] {"sources":[{"tensor":"g","transposed":false}],"source_rows":[24]}
  parameter %up: f32[24, 16] {"sources":[{"tensor":"u","transposed":false}],"source_rows":[24]}
  %0: f32[tokens, 24] = linear(%x, %gate)
  %1: f32[tokens, 24] = linear(%x, %up)
  %2: f32[tokens, 24] = unary(%0) {"kind":"silu"}
  %3: f32[tokens, 24] = binary(%2, %1) {"kind":"mul"}
  output y = %3
  output gate = %2)"},
    {"halves_the_wrong_way_round", "gate_linear", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[48, 16]
  %0: f32[tokens, 48] = linear(%x, %w)
  %1: f32[tokens, 24], %2: f32[tokens, 24] = split(%0) {"axis":-1,"sizes":[24,24]}
  %3: f32[tokens, 24] = unary(%2) {"kind":"silu"}
  %4: f32[tokens, 24] = binary(%3, %1) {"kind":"mul"}
  output y = %4)"},
    {"three_pieces_of_which_two_gate", "gate_linear", R"(
  input %x: f32[tokens, 16]
  parameter %w: f32[72, 16]
  %0: f32[tokens, 72] = linear(%x, %w)
  %1: f32[tokens, 24], %2: f32[tokens, 24], %3: f32[tokens, 24] = split(%0) {"axis":-1,"sizes":[24,24,24]}
  %4: f32[tokens, 24] = unary(%1) {"kind":"silu"}
  %5: f32[tokens, 24] = binary(%4, %2) {"kind":"mul"}
  output y = %5
  output z = %3)"},
    {"projections_of_different_values", "join_qkv", R"(
  input %x: f32[tokens, 16]
  input %z: f32[tokens, 16]
  input %cu: i32[sequences+1]
  parameter %q: f32[16, 16] {"sources":[{"tensor":"q","transposed":false}],"source_rows":[16]}
  parameter %k: f32[16, 16] {"sources":[{"tensor":"k","transposed":false}],"source_rows":[16]}
  parameter %v: f32[16, 16] {"sources":[{"tensor":"v","transposed":false}],"source_rows":[16]}
  %0: f32[tokens, 16] = linear(%x, %q)
  %1: f32[tokens, 16] = linear(%z, %k)
  %2: f32[tokens, 16] = linear(%z, %v)
  %3: f32[tokens, 2, 8] = reshape(%0) {"shape":["tokens",2,8]}
  %4: f32[tokens, 2, 8] = reshape(%1) {"shape":["tokens",2,8]}
  %5: f32[tokens, 2, 8] = reshape(%2) {"shape":["tokens",2,8]}
  %6: f32[tokens, 2, 8] = attention(%3, %4, %5, %cu) {"options":{"scale":0.5}}
  output y = %6)"},
    {"keys_that_are_values_too", "join_qkv", R"(
  input %x: f32[tokens, 16]
  input %cu: i32[sequences+1]
  parameter %q: f32[16, 16] {"sources":[{"tensor":"q","transposed":false}],"source_rows":[16]}
  parameter %k: f32[16, 16] {"sources":[{"tensor":"k","transposed":false}],"source_rows":[16]}
  %0: f32[tokens, 16] = linear(%x, %q)
  %1: f32[tokens, 16] = linear(%x, %k)
  %2: f32[tokens, 2, 8] = reshape(%0) {"shape":["tokens",2,8]}
  %3: f32[tokens, 2, 8] = reshape(%1) {"shape":["tokens",2,8]}
  %4: f32[tokens, 2, 8] = attention(%2, %3, %3, %cu) {"options":{"scale":0.5}}
  output y = %4)"},
    {"one_bias_among_three", "join_qkv", R"(
  input %x: f32[tokens, 16]
  input %cu: i32[sequences+1]
  parameter %q: f32[16, 16] {"sources":[{"tensor":"q","transposed":false}],"source_rows":[16]}
  parameter %b: f32[16] {"sources":[{"tensor":"b","transposed":false}],"source_rows":[16]}
  parameter %k: f32[16, 16] {"sources":[{"tensor":"k","transposed":false}],"source_rows":[16]}
  parameter %v: f32[16, 16] {"sources":[{"tensor":"v","transposed":false}],"source_rows":[16]}
  %0: f32[tokens, 16] = linear(%x, %q, %b) {"bias":true}
  %1: f32[tokens, 16] = linear(%x, %k)
  %2: f32[tokens, 16] = linear(%x, %v)
  %3: f32[tokens, 2, 8] = reshape(%0) {"shape":["tokens",2,8]}
  %4: f32[tokens, 2, 8] = reshape(%1) {"shape":["tokens",2,8]}
  %5: f32[tokens, 2, 8] = reshape(%2) {"shape":["tokens",2,8]}
  %6: f32[tokens, 2, 8] = attention(%3, %4, %5, %cu) {"options":{"scale":0.5}}
  output y = %6)"},
    {"rows_along_an_inner_axis", "select_rows_early", R"(
  input %x: f32[4, 4]
  input %rows: i32[logit_rows]
  %0: f32[4, 4] = unary(%x) {"kind":"exp"}
  %1: f32[4, logit_rows] = gather(%0, %rows) {"axis":1}
  output y = %1)"},
    {"rows_of_what_is_an_output_too", "select_rows_early", R"(
  input %x: f32[tokens, 16]
  input %rows: i32[logit_rows]
  %0: f32[tokens, 16] = unary(%x) {"kind":"exp"}
  %1: f32[logit_rows, 16] = gather(%0, %rows)
  output y = %1
  output all = %0)"},
    {"rows_of_a_softmax_along_the_rows", "select_rows_early", R"(
  input %x: f32[tokens, 16]
  input %rows: i32[logit_rows]
  %0: f32[tokens, 16] = softmax(%x) {"axis":0}
  %1: f32[logit_rows, 16] = gather(%0, %rows)
  output y = %1)"},
    {"elements_of_a_vector", "select_rows_early", R"(
  input %x: f32[16]
  input %rows: i32[logit_rows]
  %0: f32[16] = unary(%x) {"kind":"exp"}
  %1: f32[logit_rows] = gather(%0, %rows)
  output y = %1)"},
    {"differences_the_other_way_round", "share_common", R"(
  input %x: f32[tokens, 8]
  input %z: f32[tokens, 8]
  %0: f32[tokens, 8] = binary(%x, %z) {"kind":"sub"}
  %1: f32[tokens, 8] = binary(%z, %x) {"kind":"sub"}
  output y = %0
  output z = %1)"},
    {"ops_of_other_attributes", "share_common", R"(
  input %x: f32[tokens, 8]
  parameter %w: f32[8]
  %0: f32[tokens, 8] = rms_norm(%x, %w) {"eps":1e-05}
  %1: f32[tokens, 8] = rms_norm(%x, %w) {"eps":1e-06}
  output y = %0
  output z = %1)"},
    {"what_depends_on_an_input", "fold_constants", R"(
  input %x: f32[4]
  %0: f32[4] = constant() {"dtype":"f32","shape":[4],"values":[1.0]}
  %1: f32[4] = binary(%x, %0)
  output y = %1)"},
    {"a_constant_that_would_be_large", "fold_constants", R"(
  input %x: f32[2000]
  %0: f32[1] = constant() {"dtype":"f32","shape":[1],"values":[3.0]}
  %1: f32[2000] = broadcast_to(%0) {"shape":[2000]}
  %2: f32[2000] = binary(%x, %1)
  output y = %2)"},
    {"an_integer_that_no_double_is", "fold_constants", R"(
  %0: i64[1] = constant() {"dtype":"i64","shape":[1],"values":[9007199254740992.0]}
  %1: i64[1] = constant() {"dtype":"i64","shape":[1],"values":[1.0]}
  %2: i64[1] = binary(%0, %1)
  output y = %2)"},
    {"a_mean_over_the_rows", "recognise_norms", R"(
  input %x: f32[4, 4]
  parameter %w: f32[4]
  %0: f32[4, 4] = unary(%x) {"kind":"square"}
  %1: f32[1, 4] = reduce(%0) {"kind":"mean","axes":[0],"keep_dims":true}
  %2: f32[1] = constant() {"dtype":"f32","shape":[1],"values":[1e-05]}
  %3: f32[1, 4] = binary(%1, %2)
  %4: f32[1, 4] = unary(%3) {"kind":"rsqrt"}
  %5: f32[4, 4] = binary(%x, %4) {"kind":"mul"}
  %6: f32[4, 4] = binary(%5, %w) {"kind":"mul"}
  output y = %6)"},
    {"a_norm_by_the_sum_of_squares", "recognise_norms", R"(
  input %x: f32[tokens, 8]
  parameter %w: f32[8]
  %0: f32[tokens, 8] = unary(%x) {"kind":"square"}
  %1: f32[tokens, 1] = reduce(%0) {"axes":[-1],"keep_dims":true}
  %2: f32[1] = constant() {"dtype":"f32","shape":[1],"values":[1e-05]}
  %3: f32[tokens, 1] = binary(%1, %2)
  %4: f32[tokens, 1] = unary(%3) {"kind":"rsqrt"}
  %5: f32[tokens, 8] = binary(%x, %4) {"kind":"mul"}
  %6: f32[tokens, 8] = binary(%5, %w) {"kind":"mul"}
  output y = %6)"},
    {"a_quotient_by_another_sum", "recognise_softmax", R"(
  input %x: f32[tokens, 8]
  input %z: f32[tokens, 8]
  %0: f32[tokens, 8] = unary(%x) {"kind":"exp"}
  %1: f32[tokens, 8] = unary(%z) {"kind":"exp"}
  %2: f32[tokens, 1] = reduce(%1) {"axes":[-1],"keep_dims":true}
  %3: f32[tokens, 8] = binary(%0, %2) {"kind":"div"}
  output y = %3)"},
    {"a_product_with_the_sigmoid_of_something_else", "recognise_activations", R"(
  input %x: f32[tokens, 8]
  input %z: f32[tokens, 8]
  %0: f32[tokens, 8] = unary(%z) {"kind":"sigmoid"}
  %1: f32[tokens, 8] = binary(%x, %0) {"kind":"mul"}
  output y = %1)"},
    {"a_maximum_with_one", "recognise_activations", R"(
  input %x: f32[tokens, 8]
  %0: f32[1] = constant() {"dtype":"f32","shape":[1],"values":[1.0]}
  %1: f32[tokens, 8] = binary(%x, %0) {"kind":"max"}
  output y = %1)"},
};

class PassLeaves : public ::testing::TestWithParam<Left> {};

TEST_P(PassLeaves, TheNetworkAsItWas) { testing::expect_left(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Passes, PassLeaves, ::testing::ValuesIn(kLeft), testing::left_name);

}  // namespace
}  // namespace lathe::builder
