// SPDX-License-Identifier: Apache-2.0
// Building and rewriting a network: who uses what afterwards, and what is refused.
#include "lathe/graph/network.h"

#include <gtest/gtest.h>

#include "lathe/graph/functions.h"
#include "lathe/graph/text.h"
#include "lathe/graph/verify.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/rope_kv_write.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::graph {
namespace {

using testing::code_of;
using testing::error_of;

class NetworkTest : public ::testing::Test {
 protected:
  std::vector<std::string> ops() const {
    std::vector<std::string> out;
    for (const NodeId id : net.nodes()) {
      out.emplace_back(to_string(net.node(id).op.as<ops::Unary>()->kind));
    }
    return out;
  }
  NodeId node_of(Value value) const { return *net.producer(value); }

  Network net;
  Value x = net.input("x", TensorType::parse("f32[tokens, 4]"));
};

TEST_F(NetworkTest, ANameIsTakenOnceAmongWhatHasNames) {
  net.parameter("w", TensorType::parse("f32[4]"));
  net.state("kv", {.kv_heads = 2, .head_dim = 8});
  for (const char* name : {"x", "w", "kv"}) {
    EXPECT_EQ(error_of([&] { net.parameter(name, TensorType::parse("f32[4]")); }),
              cat("network: the name '", name, "' is taken"));
  }
  EXPECT_EQ(net.input("x", x.type()), x) << "an input of the same type is the same input";
  EXPECT_EQ(code_of([&] { net.input("w", TensorType::parse("f32[4]")); }),
            ErrorCode::kInvalidArgument);
  net.set_name(exp(x), "x");  // values of ops may be called anything
  EXPECT_EQ(net.find("x"), x);
  EXPECT_EQ(net.find("nothing"), std::nullopt);
}

TEST_F(NetworkTest, UsersAreToldOnceAndInRunningOrder) {
  const Value a = exp(x), both = x + x, b = neg(x);
  net.mark_output("b", b);
  EXPECT_EQ(net.users(x), (std::vector<NodeId>{node_of(a), node_of(both), node_of(b)}));
  EXPECT_TRUE(net.users(b).empty());
  EXPECT_TRUE(net.is_output(b));
  EXPECT_FALSE(net.is_output(a));
  EXPECT_EQ(net.producer(x), std::nullopt);
}

TEST_F(NetworkTest, OpsStandBeforeTheInsertionPoint) {
  const Value a = exp(x), b = neg(a);
  net.insert_before(node_of(b));
  abs(a);
  tanh(a);
  net.insert_before(std::nullopt);
  sqrt(b);
  EXPECT_EQ(ops(), (std::vector<std::string>{"exp", "abs", "tanh", "neg", "sqrt"}));
}

TEST_F(NetworkTest, ReplacingAllUsesTakesOutputsAndRepeatedOperands) {
  const Value a = exp(x), twice = a + a, b = neg(x);
  net.mark_output("a", a);
  net.replace_all_uses(a, b);
  EXPECT_TRUE(net.users(a).empty());
  EXPECT_EQ(net.users(b), std::vector<NodeId>{node_of(twice)});
  EXPECT_EQ(net.node(node_of(twice)).inputs, (std::vector<ValueId>{b.id(), b.id()}));
  EXPECT_EQ(net.outputs()[0].value, b);
  net.replace_all_uses(b, b);
  EXPECT_EQ(net.users(b).size(), 1u);
  const Value other = net.input("other", TensorType::parse("f32[4]"));
  EXPECT_EQ(error_of([&] { net.replace_all_uses(b, other); }),
            "replace_all_uses: f32[tokens, 4] by f32[4]");
}

TEST_F(NetworkTest, AnOperandKeepsItsType) {
  const Value sum = x + x, b = neg(x), row = net.input("row", TensorType::parse("f32[4]"));
  net.set_operand(node_of(sum), 1, b);
  EXPECT_EQ(net.users(b), std::vector<NodeId>{node_of(sum)});
  EXPECT_EQ(net.users(x).size(), 2u) << "still read by the sum's other side, and by the negation";
  EXPECT_EQ(error_of([&] { net.set_operand(node_of(sum), 0, row); }),
            "binary: operand 0 is f32[tokens, 4], its replacement f32[4]");
  EXPECT_NE(error_of([&] { net.set_operand(node_of(sum), 2, b); }).find("no such operand"),
            std::string::npos);
}

TEST_F(NetworkTest, WhatIsUsedIsNotRemoved) {
  const Value a = exp(x), b = neg(a), w = net.parameter("w", TensorType::parse("f32[4]"));
  net.mark_output("b", b);
  const NodeId first = node_of(a), second = node_of(b);
  for (const NodeId id : {first, second}) {
    EXPECT_NE(error_of([&] { net.remove(id); }).find("a used node is removed"), std::string::npos);
  }
  EXPECT_NE(error_of([&] { net.remove_unused(x); }).find("it is used"), std::string::npos);
  net.remove_unused(w);
  EXPECT_TRUE(net.parameters().empty());
  net.parameter("w", TensorType::parse("f32[8]"));  // the name is free again
}

TEST_F(NetworkTest, WhatIsRemovedIsGone) {
  const Value a = exp(x);
  const NodeId id = node_of(a);
  net.remove(id);
  EXPECT_FALSE(net.contains(id));
  EXPECT_TRUE(net.users(x).empty());
  EXPECT_NE(error_of([&] { neg(a); }).find("a value that was removed"), std::string::npos);
  EXPECT_NE(error_of([&] { (void)net.node(id); }).find("no such node"), std::string::npos);
}

TEST_F(NetworkTest, ValuesOfAnotherNetworkAreRefused) {
  Network other;
  const Value foreign = other.input("x", x.type());
  for (const auto& use : std::vector<std::function<void()>>{
           [&] { net.mark_output("y", foreign); }, [&] { net.replace_all_uses(x, foreign); },
           [&] {
             net.add_one(ops::Binary{}, {x, foreign});
           },
           [&] { net.mark_output("y", Value()); }}) {
    EXPECT_NE(error_of(use).find("a value of another network"), std::string::npos);
  }
}

TEST_F(NetworkTest, AnOrderHoldsEveryNodeBehindItsOperands) {
  const Value a = exp(x), b = neg(a), c = abs(x);
  const NodeId first = node_of(a), second = node_of(b), third = node_of(c);
  net.reorder({third, first, second});
  EXPECT_EQ(ops(), (std::vector<std::string>{"abs", "exp", "neg"}));
  EXPECT_EQ(net.users(x), (std::vector<NodeId>{third, first}));
  EXPECT_NE(error_of([&] {
              net.reorder({second, first, third});
            }).find("an op before what it reads"),
            std::string::npos);
  EXPECT_NE(error_of([&] {
              net.reorder({first, first, second});
            }).find("an op twice"),
            std::string::npos);
  EXPECT_NE(error_of([&] {
              net.reorder({first, second});
            }).find("an order of other nodes"),
            std::string::npos);
}

TEST_F(NetworkTest, ACloneIsTheSameAndItsOwn) {
  const Value y = exp(x);
  net.mark_output("y", y);
  const auto copy = net.clone();
  EXPECT_EQ(print(*copy), print(net));
  EXPECT_EQ(&copy->outputs()[0].value.network(), copy.get());
  copy->mark_output("z", copy->outputs()[0].value);
  EXPECT_EQ(net.outputs().size(), 1u);
}

TEST_F(NetworkTest, VerifyFindsAnOpBeforeItsOperand) {
  const Value a = exp(x), b = neg(x);
  net.set_name(b, "negated");
  net.insert_before(node_of(a));
  abs(b);
  const std::string message = error_of([&] { verify(net); });
  EXPECT_TRUE(message.starts_with("verify: unary: operand 0, %")) << message;
  EXPECT_TRUE(message.ends_with("(negated), is used before it is defined")) << message;
}

// Two writes to one state of a cache would race: the second has to take the first one's result.
TEST_F(NetworkTest, VerifyFindsAStateThatIsWrittenTwice) {
  const auto of = [&](const char* name, const char* type) {
    return net.input(name, TensorType::parse(type));
  };
  const Value kv = net.state("kv", {.kv_heads = 2, .head_dim = 8});
  const Value k = of("k", "f32[tokens, 2, 8]"), positions = of("positions", "i32[tokens]");
  const Value cu = of("cu", "i32[sequences+1]"), tables = of("tables", "i32[sequences, w]");
  const Value qkv = of("qkv", "f32[tokens, 48]");
  const ops::RopeKvWrite rotate{.rope = {.rotary_dims = 8}, .heads = 2};
  const Value fused[] = {kv, qkv, positions, cu, tables};
  const Value next = net.add(rotate, fused)[1];
  net.add_one(ops::KvWrite{}, {next, k, k, positions, cu, tables});
  EXPECT_EQ(error_of([&] { verify(net); }), "no error") << "one after the other";
  net.add(rotate, fused);
  const std::string message = error_of([&] { verify(net); });
  EXPECT_TRUE(message.starts_with("verify: rope_kv_write: state %")) << message;
  EXPECT_TRUE(message.ends_with("(kv) is written twice")) << message;
}

}  // namespace
}  // namespace lathe::graph
