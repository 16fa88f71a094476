// SPDX-License-Identifier: Apache-2.0
// Names by which taps, diff and reports speak of values: unique, and the same in every build.
#include <gtest/gtest.h>

#include <set>

#include "lathe/builder/passes/list.h"
#include "lathe/graph/functions.h"

namespace lathe::builder {
namespace {

std::vector<std::string> names_of(Network& network) {
  PassContext context;
  passes::kNameValues.run(network, context);
  std::vector<std::string> out;
  for (const NodeId id : network.nodes()) {
    for (const graph::ValueId value : network.node(id).outputs)
      out.push_back(network.value_name(value));
  }
  return out;
}

class NameValues : public ::testing::Test {
 protected:
  Network net;
  Value x = net.input("x", TensorType::parse("f32[tokens, 4]"));
  Value w = net.parameter("layers.0.mlp.weight", TensorType::parse("f32[4, 4]"));
};

TEST_F(NameValues, AreThoseOfTheWeightOrTheOp) {
  linear(exp(neg(x)), w);
  EXPECT_EQ(names_of(net), (std::vector<std::string>{"unary.0", "unary.1", "layers.0.mlp"}));
}

TEST_F(NameValues, AWeightThatIsReadTwiceIsNumbered) {
  linear(linear(x, w), w);
  EXPECT_EQ(names_of(net), (std::vector<std::string>{"layers.0.mlp", "layers.0.mlp.0"}));
}

TEST_F(NameValues, ThatAreThereStay) {
  net.set_name(exp(x), "mine");
  neg(x);
  EXPECT_EQ(names_of(net), (std::vector<std::string>{"mine", "unary.0"}));
}

// A value behind may have the very name that would be made up for one before it.
TEST_F(NameValues, AreNeverTwice) {
  exp(x);
  linear(x, w);
  net.set_name(neg(x), "unary.0");
  net.set_name(sqrt(x), "layers.0.mlp");
  const std::vector<std::string> names = names_of(net);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(names[2], "unary.0");
  EXPECT_EQ(names[3], "layers.0.mlp");
}

TEST_F(NameValues, ASecondRunChangesNothing) {
  linear(exp(x), w);
  const std::vector<std::string> first = names_of(net);
  EXPECT_EQ(names_of(net), first);
}

}  // namespace
}  // namespace lathe::builder
