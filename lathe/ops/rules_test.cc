// SPDX-License-Identifier: Apache-2.0
// Shape and dtype rules, text in and text out.
#include <gtest/gtest.h>

#include "lathe/ops/elementwise.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/pointwise_group.h"
#include "lathe/ops/reduce.h"
#include "tests/support/op_cases.h"

namespace lathe::ops {
namespace {

using testing::expect_refusals;
using testing::expect_types;
using Case = testing::OpCase;

TEST(Rules, Elementwise) {
  const Case cases[] = {
      {"unary", R"({"kind": "gelu_tanh"})", "bf16[tokens, 64]", "bf16[tokens, 64]"},
      {"unary", R"({"kind": "neg"})", "i32[3]", "i32[3]"},
      {"unary", R"({"kind": "not"})", "bool[]", "bool[]"},
      {"binary", R"({"kind": "add"})", "f16[tokens, 1, 64]; f16[9, 1]", "f16[tokens, 9, 64]"},
      {"binary", R"({"kind": "and"})", "bool[tokens]; bool[1]", "bool[tokens]"},
      {"binary", R"({"kind": "mod"})", "i64[2, 3]; i64[]", "i64[2, 3]"},
      {"compare", R"({"kind": "le"})", "i32[tokens]; i32[]", "bool[tokens]"},
      {"where", "{}", "bool[tokens, 1]; f32[4]; f32[1]", "f32[tokens, 4]"},
      {"cast", R"({"dtype": "i8"})", "bf16[2, tokens]", "i8[2, tokens]"},
      {"cast", R"({"dtype": "f32"})", "u4[2, 64]", "f32[2, 64]"},
  };
  expect_types(cases);
}

TEST(Rules, ElementwiseRefusals) {
  const Case cases[] = {
      {"unary", R"({"kind": "exp"})", "i32[3]", "x of exp: expected a floating dtype, got i32"},
      {"unary", R"({"kind": "not"})", "f32[3]", "x of not: expected bool, got f32"},
      {"unary", R"({"kind": "neg"})", "bool[3]", "x of neg: expected a numeric dtype, got bool"},
      {"unary", R"({"kind": "abs"})", "u4[4]", "x of abs: expected a numeric dtype, got u4"},
      {"unary", R"({"kind": "neg"})", "f32[1]; f32[1]", "expected 1 inputs, got 2"},
      {"binary", R"({"kind": "add"})", "f32[3]; f16[3]", "b of add: expected f32, got f16"},
      {"binary", R"({"kind": "add"})", "bool[3]; bool[3]", "a of add: expected a numeric dtype"},
      {"binary", R"({"kind": "or"})", "i8[3]; i8[3]", "a of or: expected bool, got i8"},
      {"binary", R"({"kind": "mod"})", "f32[3]; f32[3]", "a of mod: expected an integer dtype"},
      {"binary", R"({"kind": "mul"})", "f32[tokens, 3]; f32[2, 3]", "tokens against 2"},
      {"compare", R"({"kind": "eq"})", "i32[3]; i64[3]", "b: expected i32, got i64"},
      {"where", "{}", "i8[3]; f32[3]; f32[3]", "condition: expected bool, got i8"},
      {"cast", R"({"dtype": "u4"})", "f32[4]", "dtype: expected elements of whole bytes, got u4"},
  };
  expect_refusals(cases);
}

TEST(Rules, Reductions) {
  const Case cases[] = {
      {"reduce", R"({"kind": "sum", "axes": [-1], "keep_dims": true})", "f32[tokens, 64]",
       "f32[tokens, 1]"},
      {"reduce", R"({"kind": "max", "axes": [0, 2], "keep_dims": false})", "i8[tokens, 3, 64]",
       "i8[3]"},
      {"reduce", R"({"kind": "mean", "axes": [], "keep_dims": false})", "bf16[tokens, 3]",
       "bf16[]"},
      {"softmax", R"({"axis": 0})", "f16[tokens, 3]", "f16[tokens, 3]"},
      {"cumsum", R"({"axis": -1})", "i64[2, tokens]", "i64[2, tokens]"},
      {"top_k", R"({"k": 4})", "f32[tokens, 49152]", "f32[tokens, 4]; i32[tokens, 4]"},
      {"top_k", R"({"k": 4})", "f32[tokens]", "f32[4]; i32[4]"},
      {"matmul", R"({"transpose_b": false})", "f32[9, tokens, 64]; f32[64, 5]",
       "f32[9, tokens, 5]"},
      {"matmul", R"({"transpose_b": true})", "bf16[3, 1, tokens, 64]; bf16[7, sequences, 64]",
       "bf16[3, 7, tokens, sequences]"},
      {"matmul", R"({"transpose_b": false})", "i8[2, 3]; i8[3, 4]", "i32[2, 4]"},
  };
  expect_types(cases);
}

TEST(Rules, ReductionRefusals) {
  const Case cases[] = {
      {"reduce", R"({"kind": "sum", "axes": [2], "keep_dims": false})", "f32[3, 4]",
       "axes: axis 2 is out of range for rank 2"},
      {"reduce", R"({"kind": "sum", "axes": [1, -1], "keep_dims": false})", "f32[3, 4]",
       "axes: axis -1 is given twice"},
      {"reduce", R"({"kind": "mean", "axes": [], "keep_dims": false})", "i32[3]",
       "x of mean: expected a floating dtype, got i32"},
      {"softmax", R"({"axis": 1})", "f32[3]", "x: axis 1 is out of range for rank 1"},
      {"cumsum", R"({"axis": 0})", "bool[3]", "x: expected a numeric dtype, got bool"},
      {"top_k", R"({"k": 5})", "f32[2, 4]", "k: expected 1 to 4 for f32[2, 4], got 5"},
      {"top_k", R"({"k": 0})", "f32[tokens]", "k: expected 1"},
      {"matmul", R"({"transpose_b": false})", "f32[4]; f32[4, 5]", "a: expected rank 2 or more"},
      {"matmul", R"({"transpose_b": false})", "f32[tokens, 576]; f32[512, 5]",
       "b: axis -2 is 512, expected 576"},
      {"matmul", R"({"transpose_b": true})", "f32[2, 4]; f32[4, 5]", "b: axis -1 is 5, expected 4"},
      {"matmul", R"({"transpose_b": false})", "f32[2, 3, 4]; f32[5, 4, 2]",
       "leading axes: shapes [2] and [5] do not broadcast"},
      {"matmul", R"({"transpose_b": false})", "u8[3, 4]; u8[4, 2]", "expected a floating dtype"},
  };
  expect_refusals(cases);
}

TEST(Rules, Reshape) {
  const Case cases[] = {
      {"reshape", R"({"shape": ["tokens", 9, 64]})", "f32[tokens, 576]", "f32[tokens, 9, 64]"},
      {"reshape", R"({"shape": ["tokens", -1, 64]})", "f32[tokens, 576]", "f32[tokens, 9, 64]"},
      {"reshape", R"({"shape": [-1, 64]})", "f32[tokens, 9, 64]", "f32[9*tokens, 64]"},
      {"reshape", R"({"shape": ["tokens", -1]})", "f32[tokens, 9, 64]", "f32[tokens, 576]"},
      {"reshape", R"({"shape": ["sequences", "tokens", 2, 4]})", "f32[sequences, tokens, 8]",
       "f32[sequences, tokens, 2, 4]"},
      {"reshape", R"({"shape": []})", "i8[1, 1]", "i8[]"},
      {"reshape", R"({"shape": [5, 0]})", "i8[0, 3]", "i8[5, 0]"},
  };
  expect_types(cases);
  const Case refusals[] = {
      {"reshape", R"({"shape": ["tokens", 575]})", "f32[tokens, 576]",
       "shape: [tokens, 575] has other elements than x [tokens, 576]"},
      {"reshape", R"({"shape": [-1, -1]})", "f32[4]", "expected one -1 at most, got [-1, -1]"},
      {"reshape", R"({"shape": [-1, 5]})", "f32[tokens, 4]", "4*tokens is not a multiple of 5"},
      {"reshape", R"({"shape": [-1, 0]})", "f32[5]", "-1 of [-1, 0] cannot be told from [5]"},
      {"reshape", R"({"shape": [-1, "sequences"]})", "f32[tokens]", "cannot be told"},
      {"reshape", R"({"shape": [-2, -2]})", "f32[4]", "expected dims of 0 or more, got [-2, -2]"},
      {"reshape", R"({"shape": [1, 1, 1, 1, 1, 1, 1, 1, 4]})", "f32[4]", "rank 8 or less"},
      {"reshape", R"({"shape": ["sequences", "tokens"]})", "f32[tokens, 4, sequences]",
       "has other elements"},
  };
  expect_refusals(refusals);
}

TEST(Rules, CutsAndJoins) {
  const Case cases[] = {
      {"transpose", R"({"permutation": [1, 0, 2]})", "f32[tokens, 9, 64]", "f32[9, tokens, 64]"},
      {"slice", R"({"axis": -1, "start": 1, "stop": 8, "step": 3})", "f32[tokens, 9]",
       "f32[tokens, 3]"},
      {"slice", R"({"axis": 0, "start": 2, "stop": -1, "step": 1})", "f32[tokens, 9]",
       "f32[tokens-2, 9]"},
      {"slice", R"({"axis": 0, "start": 0, "stop": 1, "step": 1})", "f32[tokens]", "f32[1]"},
      {"slice", R"({"axis": 0, "start": 2, "stop": 4, "step": 1})", "u4[8, 64]", "u4[2, 64]"},
      {"concat", R"({"axis": 0})", "f32[tokens, 4]; f32[3, 4]; f32[tokens, 4]",
       "f32[2*tokens+3, 4]"},
      {"concat", R"({"axis": -1})", "f32[tokens, 4]; f32[tokens, 5]", "f32[tokens, 9]"},
      {"split", R"({"axis": 1, "sizes": [4, 0, 5]})", "i8[tokens, 9]",
       "i8[tokens, 4]; i8[tokens, 0]; i8[tokens, 5]"},
      {"split", R"({"axis": 0, "sizes": [4, -1]})", "i8[tokens, 9]", "i8[4, 9]; i8[tokens-4, 9]"},
  };
  expect_types(cases);
  const Case refusals[] = {
      {"transpose", R"({"permutation": [0, 0]})", "f32[3, 4]", "each of 0 to 1 once"},
      {"transpose", R"({"permutation": [0]})", "f32[3, 4]", "got [0]"},
      {"slice", R"({"axis": 0, "start": 0, "stop": 5, "step": 1})", "f32[4]",
       "[0, 5) step 1: expected 0 <= start <= stop <= length for axis 0 of f32[4]"},
      {"slice", R"({"axis": 0, "start": 0, "stop": 4, "step": 0})", "f32[4]", "step of 1 or more"},
      {"slice", R"({"axis": 0, "start": 0, "stop": -1, "step": 2})", "f32[tokens]", "and step 1"},
      {"slice", R"({"axis": 0, "start": -1, "stop": 2, "step": 1})", "f32[tokens]", "0 <= start"},
      {"slice", R"({"axis": 1, "start": 0, "stop": 2, "step": 1})", "u4[2, 4]", "got u4"},
      {"concat", R"({"axis": 0})", "", "expected one or more inputs, got 0"},
      {"concat", R"({"axis": 0})", "f32[2, 4]; f32[2, 5]", "input 1: axis 1 is 5, expected 4"},
      {"concat", R"({"axis": 0})", "f32[2, 4]; i8[2, 4]", "input 1: expected f32, got i8"},
      {"concat", R"({"axis": 0})", "f32[2, 4]; f32[2]", "input 1: expected rank 2, got f32[2]"},
      {"split", R"({"axis": 0, "sizes": [4, 4]})", "f32[9]", "do not sum to axis 0 of f32[9]"},
      {"split", R"({"axis": 0, "sizes": [4, 4]})", "f32[tokens]", "do not sum to axis 0"},
      {"split", R"({"axis": 0, "sizes": [12, -1]})", "f32[9]", "do not sum to axis 0 of f32[9]"},
      {"split", R"({"axis": 0, "sizes": [-3, 12]})", "f32[9]", "expected 0 or more, got -3"},
      {"split", R"({"axis": 0, "sizes": []})", "f32[9]", "sizes: expected one or more, got 0"},
  };
  expect_refusals(refusals);
}

TEST(Rules, IndexedAndConstant) {
  const Case cases[] = {
      {"gather", R"({"axis": 1})", "f32[4, 9, 2]; i32[tokens, 3]", "f32[4, tokens, 3, 2]"},
      {"gather", R"({"axis": 0})", "f32[tokens, 64]; i64[]", "f32[64]"},
      {"scatter", R"({"kind": "add"})", "f32[9, 4]; i32[tokens]; f32[tokens, 4]", "f32[9, 4]"},
      {"broadcast_to", R"({"shape": ["tokens", 9, 4]})", "i8[9, 1]", "i8[tokens, 9, 4]"},
      {"iota", R"({"size": "2*tokens", "dtype": "i32"})", "", "i32[2*tokens]"},
      {"constant", R"({"dtype": "bf16", "shape": ["tokens", 2], "values": [1.5]})", "",
       "bf16[tokens, 2]"},
      {"constant", R"({"dtype": "bool", "shape": [2], "values": [0, 1]})", "", "bool[2]"},
  };
  expect_types(cases);
  const Case refusals[] = {
      {"gather", R"({"axis": 0})", "f32[9]; f32[2]", "indices: expected an integer dtype, got f32"},
      {"gather", R"({"axis": 3})", "f32[9]; i32[2]", "x: axis 3 is out of range for rank 1"},
      {"scatter", R"({"kind": "add"})", "f32[9, 4]; i32[3]; f32[3, 5]",
       "updates: expected shape [3, 4], got [3, 5]"},
      {"scatter", R"({"kind": "add"})", "bool[9]; i32[3]; bool[3]", "x of add: expected a numeric"},
      {"scatter", R"({"kind": "replace"})", "f32[9]; i32[3, 1]; f32[3]",
       "indices: expected rank 1"},
      {"broadcast_to", R"({"shape": [3]})", "f32[2, 3]", "x: [2, 3] does not broadcast to [3]"},
      {"broadcast_to", R"({"shape": [4]})", "f32[3]", "3 against 4"},
      {"iota", R"({"size": -1, "dtype": "i32"})", "", "size: expected dims of 0 or more"},
      {"iota", R"({"size": 1, "dtype": "bool"})", "", "dtype: expected a numeric dtype, got bool"},
      {"constant", R"({"dtype": "f32", "shape": [3], "values": [1, 2]})", "",
       "values: expected 3 or 1 for shape [3], got 2"},
  };
  expect_refusals(refusals);
}

TEST(Rules, Collectives) {
  const Case cases[] = {
      {"all_reduce", R"({"group_size": 2})", "bf16[tokens, 8]", "bf16[tokens, 8]"},
      {"all_gather", R"({"group_size": 4, "axis": -1})", "f32[tokens, 8]", "f32[tokens, 32]"},
      {"reduce_scatter", R"({"group_size": 4, "axis": 1})", "f32[tokens, 8]", "f32[tokens, 2]"},
  };
  expect_types(cases);
  const Case refusals[] = {
      {"all_reduce", R"({"group_size": 0})", "f32[2]", "group_size: expected 1 or more, got 0"},
      {"all_reduce", R"({"group_size": 2})", "i32[2]", "x: expected a floating dtype, got i32"},
      {"reduce_scatter", R"({"group_size": 3, "axis": 0})", "f32[8]", "8 is not a multiple of 3"},
  };
  expect_refusals(refusals);
}

// The text of a group's attributes.
std::string group(std::string_view steps, std::string_view outputs) {
  return cat(R"({"steps": [)", steps, R"(], "outputs": )", outputs, "}");
}

constexpr std::string_view kSigmoid =
    R"({"op": {"name": "unary", "attributes": {"kind": "sigmoid"}}, "args": [0]})";
constexpr std::string_view kScaled =
    R"({"op": {"name": "binary", "attributes": {"kind": "mul"}}, "args": [1, 2]})";
constexpr std::string_view kRounded =
    R"({"op": {"name": "cast", "attributes": {"dtype": "bf16"}}, "args": [3]})";
constexpr std::string_view kSum =
    R"({"op": {"name": "reduce", "attributes": {"kind": "sum", "axes": [], "keep_dims": false}},
        "args": [0]})";

std::string many(std::string_view step, int count) {
  return join(std::vector<std::string>(static_cast<size_t>(count), std::string(step)), ",");
}

TEST(Rules, PointwiseGroups) {
  const std::string steps = cat(kSigmoid, ",", kScaled, ",", kRounded);
  const std::string types = "f32[tokens, 1]; f32[9]";
  const Case cases[] = {
      {"pointwise_group", group(steps, "[4]"), types, "bf16[tokens, 9]"},
      {"pointwise_group", group(steps, "[3, 2, 0]"), types,
       "f32[tokens, 9]; f32[tokens, 1]; f32[tokens, 1]"},
      {"pointwise_group", group("", "[0]"), "i64[2]", "i64[2]"},
  };
  expect_types(cases);
  const Case refusals[] = {
      {"pointwise_group", group(steps, "[]"), types, "outputs: expected one or more, got 0"},
      {"pointwise_group", group(steps, "[5]"), types, "outputs: expected a value from 0 to 4"},
      {"pointwise_group", group(steps, "[-1]"), types, "outputs: expected a value from 0 to 4"},
      {"pointwise_group", group(many(kSigmoid, 129), "[0]"), types,
       "steps: expected 128 at most, got 129"},
      {"pointwise_group", group(kScaled, "[0]"), types,
       "step 0: args: expected a value from 0 to 1"},
      {"pointwise_group", group(kSigmoid, "[0]"), "i32[2]",
       "step 0: unary: x of sigmoid: expected"},
      {"pointwise_group", group(kSum, "[0]"), types, "step 0: expected an element-wise op, got"},
      {"pointwise_group", group("", "[0]"), "u4[2, 2]", "input: expected elements of whole bytes"},
  };
  expect_refusals(refusals);
}

TEST(Rules, PointwiseGroupsReadBack) {
  const std::string steps = cat(kSigmoid, ",", kScaled, ",", kRounded);
  const Op op = Op::parse("pointwise_group", Json::parse(group(steps, "[4, 2]"), "group"));
  const PointwiseGroup& attributes = *op.as<PointwiseGroup>();
  ASSERT_EQ(attributes.steps.size(), 3u);
  EXPECT_EQ(attributes.steps[1].op, Op(Binary{.kind = BinaryKind::kMul}));
  EXPECT_EQ(attributes.steps[1].args, (std::vector<int>{1, 2}));
  EXPECT_EQ(Op::parse(op.name(), op.attributes_json()), op);
  PointwiseGroup other = attributes;
  other.steps[0].op = Unary{.kind = UnaryKind::kTanh};
  EXPECT_NE(Op(other), op);
}

template <class E>
void expect_distinct_names(size_t count) {
  EXPECT_EQ(enum_values(E{}).size(), count);
  for (const E value : enum_values(E{})) {
    E back{};
    read_json(to_json(value), back);
    EXPECT_EQ(back, value) << to_string(value);
  }
}

TEST(Rules, EnumNamesReadBack) {
  expect_distinct_names<UnaryKind>(static_cast<size_t>(UnaryKind::kNot) + 1);
  expect_distinct_names<BinaryKind>(static_cast<size_t>(BinaryKind::kOr) + 1);
  expect_distinct_names<CompareKind>(static_cast<size_t>(CompareKind::kGe) + 1);
  expect_distinct_names<ReduceKind>(static_cast<size_t>(ReduceKind::kProd) + 1);
  expect_distinct_names<ScatterKind>(static_cast<size_t>(ScatterKind::kAdd) + 1);
  EXPECT_EQ(to_string(UnaryKind::kGeluTanh), "gelu_tanh");
  EXPECT_EQ(to_string(UnaryKind::kNot), "not");
  EXPECT_EQ(to_string(BinaryKind::kOr), "or");
}

}  // namespace
}  // namespace lathe::ops
