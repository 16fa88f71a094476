// SPDX-License-Identifier: Apache-2.0
// What passes share: walking while the network changes, and who is dead.
#include "lathe/builder/rewrite.h"

#include <gtest/gtest.h>

#include "lathe/graph/functions.h"
#include "lathe/graph/text.h"
#include "lathe/ops/elementwise.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

// The lines of a network in text.
std::unique_ptr<Network> network_of(std::string_view lines) {
  return graph::parse(cat("network main {\n", lines, "}\n"), "test");
}

std::string kind_of(const Network& network, NodeId id) {
  return std::string(to_string(network.node(id).op.as<ops::Unary>()->kind));
}

constexpr std::string_view kChain = R"(
  input %x: f32[4]
  %0: f32[4] = unary(%x) {"kind":"exp"}
  %1: f32[4] = unary(%0) {"kind":"neg"}
  %2: f32[4] = unary(%1) {"kind":"sin"}
  output y = %2
)";

TEST(RewriteNodes, VisitsWhatIsThereInRunningOrder) {
  const auto network = network_of(kChain);
  std::vector<std::string> seen;
  const int count = rewrite_nodes(*network, [&](NodeId id) {
    seen.push_back(kind_of(*network, id));
    return seen.size() == 2;
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"exp", "neg", "sin"}));
  EXPECT_EQ(count, 1);
}

TEST(RewriteNodes, SkipsWhatWasRemovedAndWhatWasAdded) {
  const auto network = network_of(kChain);
  std::vector<std::string> seen;
  rewrite_nodes(*network, [&](NodeId id) {
    seen.push_back(kind_of(*network, id));
    if (seen.back() != "exp") return false;
    const std::vector<NodeId> nodes = network->nodes();
    const Value x = network->inputs()[0], last = network->outputs()[0].value;
    const InsertBefore place(*network, id);
    substitute(last, abs(x));
    network->remove(nodes[2]);
    network->remove(nodes[1]);
    return true;
  });
  EXPECT_EQ(seen, std::vector<std::string>{"exp"});
  EXPECT_EQ(network->nodes().size(), 1u) << "exp, which nobody reads, is gone";
  EXPECT_EQ(kind_of(*network, network->nodes()[0]), "abs");
}

TEST(RewriteNodes, BackwardsTheLargestExpressionComesFirst) {
  const auto network = network_of(kChain);
  std::vector<std::string> seen;
  // Whatever stands for the whole chain at once leaves nothing of it to be looked at.
  const int count = rewrite_nodes_backwards(*network, [&](NodeId id) {
    seen.push_back(kind_of(*network, id));
    const Value y = network->value(network->node(id).outputs[0]);
    const InsertBefore place(*network, id);
    substitute(y, abs(network->inputs()[0]));
    return true;
  });
  EXPECT_EQ(count, 1);
  EXPECT_EQ(seen, std::vector<std::string>{"sin"});
  EXPECT_EQ(network->nodes().size(), 1u);
}

TEST(RemoveDead, TakesWhatNothingNeeds) {
  const auto network = network_of(R"(
  input %x: f32[tokens, 1, 8]
  input %unused: f32[4]
  input %positions: i32[tokens]
  input %cu: i32[sequences+1]
  input %tables: i32[sequences, w]
  parameter %shown: f32[2]
  parameter %read: f32[8]
  parameter %by_the_dead: f32[8]
  state %kv: state[1, 8] {"kv_heads":1,"head_dim":8}
  %0: f32[tokens, 1, 8] = binary(%x, %by_the_dead)
  %1: f32[tokens, 1, 8] = unary(%0) {"kind":"exp"}
  %2: f32[tokens, 1, 8] = binary(%x, %read)
  %3: state[1, 8] = kv_write(%kv, %2, %2, %positions, %cu, %tables)
  output s = %shown
)");
  remove_dead(*network);
  std::vector<std::string> left;
  for (const NodeId id : network->nodes()) left.emplace_back(network->node(id).op.name());
  EXPECT_EQ(left, (std::vector<std::string>{"binary", "kv_write"})) << "a write is never dead";
  std::vector<std::string> parameters;
  for (const Value parameter : network->parameters()) parameters.push_back(parameter.name());
  EXPECT_EQ(parameters, (std::vector<std::string>{"shown", "read"}));
  EXPECT_TRUE(network->find("unused")) << "inputs are the caller's";
}

TEST(UsedOnce, IsOneOperandOfOneNodeAndNoOutput) {
  Network network;
  const TensorType type = TensorType::parse("f32[4]");
  const Value once = network.input("once", type), twice = network.input("twice", type);
  const Value shown = network.input("shown", type), never = network.input("never", type);
  neg(once);
  (void)(twice + twice);
  network.mark_output("y", neg(shown));
  network.mark_output("z", shown);
  EXPECT_TRUE(used_once(once));
  EXPECT_FALSE(used_once(twice)) << "by one node, as both operands";
  EXPECT_FALSE(used_once(shown));
  EXPECT_FALSE(used_once(never));
}

TEST(Substitute, HandsTheNameOnButKeepsOneThatIsThere) {
  Network network;
  const Value x = network.input("x", TensorType::parse("f32[4]"));
  const Value a = exp(x), b = neg(x), c = sqrt(x);
  network.set_name(a, "a");
  network.set_name(c, "c");
  substitute(a, b);
  EXPECT_EQ(b.name(), "a");
  substitute(b, c);
  EXPECT_EQ(c.name(), "c");
}

TEST(Maker, OfAnInputThereIsNone) {
  Network network;
  const Value x = network.input("x", TensorType::parse("f32[4]"));
  EXPECT_EQ(made_by<ops::Unary>(x), nullptr);
  EXPECT_EQ(made_by<ops::Binary>(exp(x)), nullptr) << "made by another op";
  EXPECT_EQ(made_by<ops::Unary>(exp(x))->kind, ops::UnaryKind::kExp);
  EXPECT_NE(testing::error_of([&] { (void)maker(x); }).find("no op makes the value x"),
            std::string::npos);
}

TEST(Notes, AreForWhatWasDone) {
  PassContext context;
  note_count(context, 0, "things done");
  note_count(context, 3, "things done");
  EXPECT_EQ(context.notes, std::vector<std::string>{"3 things done"});
}

}  // namespace
}  // namespace lathe::builder
