// SPDX-License-Identifier: Apache-2.0
// Which linears one linear can compute, why others cannot, and how their weights come together.
#include "lathe/builder/linear_node.h"

#include <gtest/gtest.h>

#include "lathe/builder/rewrite.h"
#include "lathe/graph/text.h"

namespace lathe::builder {
namespace {

// Two linears over the inputs and parameters below; y and z are their results.
struct Case {
  std::string_view what;
  std::string_view first, second;  // as in %0 = linear(FIRST)
  std::string_view why_not;
  std::string_view more = "";  // lines behind them
};

std::unique_ptr<Network> network_of(const Case& one) {
  return graph::parse(cat(R"(network main {
  input %x: f32[tokens, 32]
  input %other: f32[tokens, 32]
  input %computed: f32[32, 32]
  input %r: f32[tokens, 32]
  parameter %a: f32[32, 32] {"sources":[{"tensor":"a","transposed":false}],"source_rows":[32]}
  parameter %b: f32[32, 32] {"sources":[{"tensor":"b","transposed":false},{"tensor":"c","transposed":false}],"source_rows":[20,12]}
  parameter %n: f32[64, 32] {"sources":[{"tensor":"n","transposed":false}],"source_rows":[64]}
  parameter %declared: f32[32, 32]
  parameter %half: f16[32, 32] {"sources":[{"tensor":"half","transposed":false}],"source_rows":[32]}
  parameter %q: i8[32, 32] {"sources":[{"tensor":"q","transposed":false}],"source_rows":[32]}
  parameter %s: f16[32, 1] {"sources":[{"tensor":"q","transposed":false}],"source_rows":[32],"part":"scales"}
  parameter %va: f32[32] {"sources":[{"tensor":"va","transposed":false}],"source_rows":[32]}
  parameter %vb: f32[32] {"sources":[{"tensor":"vb","transposed":false}],"source_rows":[32]}
  %0: f32[tokens, 32] = linear()",
                          one.first, "\n  %1: f32[tokens, 32] = linear(", one.second, "\n",
                          one.more, "  output y = %0\n  output z = %1\n}\n"),
                      one.what);
}

std::vector<LinearNode> linears_of(const Network& network) {
  std::vector<LinearNode> out;
  for (const graph::NamedOutput& output : network.outputs()) {
    if (const auto linear = linear_behind(output.value)) out.push_back(*linear);
  }
  return out;
}

TEST(WhyNotJoined, SaysWhatIsDifferent) {
  const Case cases[] = {
      {"two that fit", "%x, %a)", "%x, %b)", ""},
      {"with biases", "%x, %a, %va) {\"bias\":true}", "%x, %b, %vb) {\"bias\":true}", ""},
      {"over two values", "%x, %a)", "%other, %b)", "they read different activations"},
      {"of two formats", "%x, %a)",
       "%x, %q, %s) {\"format\":{\"name\":\"q8_0\",\"code_dtype\":\"i8\",\"block_cols\":32}}",
       "their weights are plain and q8_0"},
      {"an activation behind one", "%x, %a) {\"activation\":\"silu\"}", "%x, %b)",
       "something is fused behind one"},
      {"a residual behind one", "%x, %a)", "%x, %b, %r) {\"residual\":true}",
       "something is fused behind one"},
      {"one bias", "%x, %a, %va) {\"bias\":true}", "%x, %b)", "their attributes differ"},
      {"a weight that is computed", "%x, %a)", "%x, %computed)",
       "the weights of  and  cannot be joined"},
      {"one weight for both", "%x, %a)", "%x, %a)", "the weights of  and  cannot be joined"},
      {"a weight that somebody else reads", "%x, %a)", "%x, %b)",
       "the weights of  and  cannot be joined",
       "  %2: f32[32, 32] = unary(%b) {\"kind\":\"neg\"}\n  output w = %2\n"},
      {"a weight that is not bound", "%x, %a)", "%x, %declared)",
       "the weights of  and  cannot be joined"},
      {"one bias for both", "%x, %a, %va) {\"bias\":true}", "%x, %b, %va) {\"bias\":true}",
       "their biases cannot be joined"},
  };
  for (const Case& one : cases) {
    const auto network = network_of(one);
    const std::vector<LinearNode> linears = linears_of(*network);
    EXPECT_EQ(why_not_joined(linears).value_or(""), one.why_not) << one.what;
  }
}

TEST(WhyNotJoined, OneIsNotTwo) {
  const auto network = network_of({"one", "%x, %a)", "%x, %b)", ""});
  const LinearNode first = linears_of(*network)[0];
  EXPECT_EQ(why_not_joined(std::vector<LinearNode>{first, first}), "two of them are the same");
}

TEST(Joined, WeightsStandOneBelowTheOther) {
  const auto network =
      network_of({"two", "%x, %a, %va) {\"bias\":true}", "%x, %b, %vb) {\"bias\":true}", ""});
  const LinearNode both = joined(linears_of(*network));
  const Value weight = both.weight[0];
  EXPECT_EQ(weight.name(), "a | b");
  EXPECT_EQ(weight.type().to_string(), "f32[64, 32]");
  const graph::ParameterSpec& spec = network->parameter_spec(weight);
  std::vector<std::string> tensors;
  for (const ops::WeightSource& source : spec.sources) tensors.push_back(source.tensor);
  EXPECT_EQ(tensors, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(spec.source_rows, (std::vector<int64_t>{32, 20, 12}));
  EXPECT_EQ(both.bias.name(), "va | vb");
  EXPECT_EQ(both.bias.type().to_string(), "f32[64]");
  const Value y = add_linear(both);
  EXPECT_EQ(y.type().to_string(), "f32[tokens, 64]");
  EXPECT_TRUE(made_by<ops::Linear>(y)->bias);
}

TEST(LinearNode, IsTakenApartAndPutTogether) {
  const auto network =
      network_of({"one", "%x, %a, %va, %r) {\"bias\":true,\"residual\":true}", "%x, %b)", ""});
  const LinearNode node = linears_of(*network)[0];
  EXPECT_EQ(node.x, std::vector<Value>{*network->find("x")});
  EXPECT_EQ(node.weight, std::vector<Value>{*network->find("a")});
  EXPECT_EQ(node.bias, *network->find("va"));
  EXPECT_EQ(node.residual, *network->find("r"));
  const Value again = add_linear(node);
  EXPECT_EQ(maker(again).op, maker(node.y).op);
  EXPECT_EQ(maker(again).inputs, maker(node.y).inputs);
  EXPECT_FALSE(linear_behind(*network->find("x")).has_value());
}

TEST(LinearNode, TheFirstIsThatOfTheRunningOrder) {
  const auto network = network_of({"two", "%x, %a)", "%x, %b)", ""});
  std::vector<LinearNode> linears = linears_of(*network);
  const NodeId first = network->nodes()[0];
  EXPECT_EQ(first_of(linears), first);
  std::swap(linears[0], linears[1]);
  EXPECT_EQ(first_of(linears), first);
}

}  // namespace
}  // namespace lathe::builder
