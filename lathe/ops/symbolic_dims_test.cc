// SPDX-License-Identifier: Apache-2.0
// A rule that is asked with symbols and then given their values says the same as the rule asked
// with the values: a plan that was made for any number of tokens is right for each.
#include "lathe/ops/op.h"
#include "tests/support/op_cases.h"

namespace lathe::ops {
namespace {

struct Bound {
  std::string_view op;
  std::string attributes;  // JSON; symbols in quotes
  std::string inputs;
};

const DimBindings kValues = {
    {"tokens", 10}, {"sequences", 3}, {"table_width", 7}, {"logit_rows", 2}};

std::string with_values(std::string text) {
  for (const auto& [symbol, value] : kValues) {
    const std::string quoted = cat("\"", symbol, "\"");
    for (size_t at = 0; (at = text.find(quoted, at)) != std::string::npos;) {
      text.replace(at, quoted.size(), std::to_string(value));
    }
  }
  return text;
}

TensorType with_values(const TensorType& type) {
  const std::vector<int64_t> sizes = type.shape.evaluate(kValues);
  return {type.dtype, Shape(std::vector<Dim>(sizes.begin(), sizes.end()))};
}

std::string text_of(const std::vector<TensorType>& types) {
  std::string out;
  for (const TensorType& type : types) out += type.to_string() + ";";
  return out;
}

std::vector<TensorType> infer(const Bound& test, const std::string& attributes,
                              std::span<const TensorType> inputs) {
  const OpDef& def = *find_op(test.op);
  const Json given = Json::parse(attributes, "attributes");
  return Op(def, with_defaults(given, def.defaults())).infer(inputs);
}

void expect_same_when_bound(const Bound& test) {
  std::vector<TensorType> symbolic;
  std::vector<TensorType> concrete;
  for (const std::string_view type : split(test.inputs, ';')) {
    if (trim(type).empty()) continue;
    symbolic.push_back(TensorType::parse(trim(type)));
    concrete.push_back(with_values(symbolic.back()));
  }
  std::vector<TensorType> bound;
  for (const TensorType& type : infer(test, test.attributes, symbolic)) {
    bound.push_back(with_values(type));
  }
  EXPECT_EQ(text_of(bound), text_of(infer(test, with_values(test.attributes), concrete)))
      << test.op << " " << test.attributes << " of " << test.inputs;
}

TEST(SymbolicDims, OfPrimitives) {
  const Bound cases[] = {
      {"unary", R"({"kind": "exp"})", "f32[tokens, 4]"},
      {"binary", R"({"kind": "mul"})", "f32[tokens, 1, 4]; f32[3, 1]"},
      {"compare", R"({"kind": "lt"})", "i32[tokens]; i32[1]"},
      {"where", "{}", "bool[tokens, 1]; f32[4]; f32[tokens, 4]"},
      {"cast", R"({"dtype": "i8"})", "f32[2*tokens+1]"},
      {"reduce", R"({"kind": "sum", "axes": [1]})", "f32[tokens, 4, sequences]"},
      {"reduce", R"({"kind": "max", "axes": [0], "keep_dims": true})", "f32[tokens, 4]"},
      {"softmax", "{}", "f32[tokens, sequences]"},
      {"cumsum", R"({"axis": 0})", "i32[tokens]"},
      {"top_k", R"({"k": 2})", "f32[tokens, 4]"},
      {"matmul", "{}", "f32[tokens, 4]; f32[4, sequences]"},
      {"matmul", R"({"transpose_b": true})", "f32[2, tokens, 4]; f32[sequences, 4]"},
  };
  for (const Bound& test : cases) expect_same_when_bound(test);
}

TEST(SymbolicDims, OfLayouts) {
  const Bound cases[] = {
      {"reshape", R"({"shape": ["tokens", 2, -1]})", "f32[tokens, 8]"},
      {"reshape", R"({"shape": [-1, 4]})", "f32[tokens, 8]"},
      {"transpose", R"({"permutation": [2, 0, 1]})", "f32[tokens, 3, sequences]"},
      {"slice", R"({"axis": 0, "start": 2})", "f32[tokens, 3]"},
      {"slice", R"({"axis": 0, "start": 1, "stop": 7, "step": 2})", "f32[tokens]"},
      {"concat", R"({"axis": 0})", "f32[tokens, 2]; f32[sequences, 2]; f32[5, 2]"},
      {"split", R"({"axis": 0, "sizes": [4, -1]})", "f32[tokens, 2]"},
      {"gather", R"({"axis": 1})", "f32[3, tokens, 2]; i32[sequences, 2]"},
      {"scatter", R"({"kind": "replace"})", "f32[tokens, 2]; i32[sequences]; f32[sequences, 2]"},
      {"broadcast_to", R"({"shape": ["tokens", "sequences"]})", "f32[sequences]"},
      {"iota", R"({"size": "tokens"})", ""},
      {"constant", R"({"shape": ["tokens", 2], "values": [1]})", ""},
  };
  for (const Bound& test : cases) expect_same_when_bound(test);
}

TEST(SymbolicDims, OfLanguageModels) {
  const std::string step = "i32[tokens]; i32[sequences+1]; i32[sequences, table_width]";
  const Bound cases[] = {
      {"linear", R"({"gated": true, "activation": "silu"})", "f32[tokens, 8]; f32[6, 8]"},
      {"embedding", "{}", "i32[tokens]; f32[9, 8]"},
      {"rms_norm", R"({"residual": true, "quantize_block": 4})",
       "f32[tokens, 8]; f32[tokens, 8]; f32[8]"},
      {"layer_norm", "{}", "f32[tokens, 8]; f32[8]; f32[8]"},
      {"gated_activation", "{}", "f32[tokens, 8]"},
      {"quantize", R"({"block": 4})", "f32[tokens, 8]"},
      {"rope", R"({"rotary_dims": 8})", "f32[tokens, 2, 8]; i32[tokens]"},
      {"attention", "{}",
       "f32[tokens, 4, 8]; f32[tokens, 2, 8]; f32[tokens, 2, 8]; i32[sequences+1]"},
      {"kv_write", "{}", "state[2, 8]; f32[tokens, 2, 8]; f32[tokens, 2, 8]; " + step},
      {"rope_kv_write", R"({"rope": {"rotary_dims": 8}, "heads": 4})",
       "state[2, 8]; f32[tokens, 64]; " + step},
      {"norm_linear", "{}", "f32[tokens, 8]; f32[8]; f32[6, 8]"},
      {"all_gather", R"({"group_size": 4, "axis": 0})", "f32[tokens, 8]"},
      {"reduce_scatter", R"({"group_size": 2, "axis": 0})", "f32[2*tokens, 8]"},
  };
  for (const Bound& test : cases) expect_same_when_bound(test);
}

}  // namespace
}  // namespace lathe::ops
