// SPDX-License-Identifier: Apache-2.0
// Text that is no network, with the line and what was expected; and names that need care.
#include <gtest/gtest.h>

#include "lathe/graph/text.h"
#include "tests/support/temp_dir.h"

namespace lathe::graph {
namespace {

using testing::error_of;

struct Wrong {
  std::string_view what;
  std::string_view lines;    // between the braces
  std::string_view message;  // behind "t: "
};

TEST(Parse, NamesTheLineAndWhatIsWrong) {
  const Wrong all[] = {
      {"no percent", "  input x: f32[2]\n", "line 2: expected '%', got 'x: f32[2]'"},
      {"no name", "  input %: f32[2]\n", "line 2: expected a name, got ': f32[2]'"},
      {"no type", "  input %x: f32\n", "line 2: expected a tensor type, got 'f32'"},
      {"no such dtype", "  input %x: f33[2]\n",
       "line 2: tensor type: expected 'dtype[…]', got 'f33[2]'"},
      {"no colon", "  input %x f32[2]\n", "line 2: expected ':', got 'f32[2]'"},
      {"a name twice", "  input %x: f32[2]\n  parameter %x: f32[2]\n",
       "line 3: network: the name 'x' is taken"},
      {"an input of two types", "  input %x: f32[2]\n  input %x: f32[3]\n",
       "line 3: network: the name 'x' is taken"},
      {"the same input twice", "  input %x: f32[2]\n  input %x: f32[2]\n",
       "line 3: %'x' is defined twice"},
      {"an operand that is nowhere", "  %0: f32[2] = unary(%x)\n", "line 2: %'x' is not defined"},
      {"an operand that comes later",
       "  input %x: f32[2]\n  %0: f32[2] = unary(%1)\n  %1: f32[2] = unary(%x)\n",
       "line 3: %'1' is not defined"},
      {"no such op", "  input %x: f32[2]\n  %0: f32[2] = unry(%x)\n", "line 3: "},
      {"another type than the op gives", "  input %x: f32[2]\n  %0: f32[3] = unary(%x)\n",
       "line 3: %'0' is declared f32[3] but is f32[2]"},
      {"a result too few", "  input %x: f32[4]\n  %0: f32[2] = split(%x) {\"sizes\":[2,2]}\n",
       "line 3: split has 2 outputs, got 1"},
      {"a result too many", "  input %x: f32[2]\n  %0: f32[2], %1: f32[2] = unary(%x)\n",
       "line 3: unary has 1 outputs, got 2"},
      {"no comma", "  input %x: f32[2]\n  %0: f32[2] = binary(%x %x)\n",
       "line 3: expected ',', got '%x)'"},
      {"no end", "  input %x: f32[2]\n  %0: f32[2] = binary(%x, %x\n",
       "line 3: expected ',', got ''"},
      {"no such attribute", "  input %x: f32[2]\n  %0: f32[2] = unary(%x) {\"kin\":\"exp\"}\n",
       "line 3: "},
      {"attributes that are none", "  input %x: f32[2]\n  %0: f32[2] = unary(%x) exp\n",
       "line 3: "},
      {"an output without a value", "  input %x: f32[2]\n  output y\n",
       "line 3: expected '=', got ''"},
      {"an output twice", "  input %x: f32[2]\n  output y = %x\n  output y = %x\n",
       "line 4: network: there is an output 'y' already"},
      {"a word of no meaning", "  constant %x\n", "line 2: expected '%', got 'constant %x'"},
      {"a state of another shape", "  state %kv: state[2, 9] {\"kv_heads\":2,\"head_dim\":8}\n",
       "line 2: %'kv' is declared state[2, 9] but is state[2, 8]"},
      {"a quote that does not end", "  input %\"x: f32[2]\n", "line 2: "},
  };
  for (const Wrong& wrong : all) {
    const std::string message =
        error_of([&] { parse(cat("network main {\n", wrong.lines, "}\n"), "t"); });
    EXPECT_TRUE(message.starts_with(cat("t: ", wrong.message))) << wrong.what << ": " << message;
  }
}

TEST(Parse, ANetworkHasOneHeadAndOneEnd) {
  EXPECT_EQ(error_of([] { parse("network main {\n", "t"); }), "t: expected '}' at the end");
  EXPECT_EQ(error_of([] { parse("", "t"); }), "t: expected '}' at the end");
  EXPECT_EQ(error_of([] { parse("input %x: f32[2]\n}", "t"); }),
            "t: line 1: expected 'network ', got 'input %x: f32[2]'");
  EXPECT_EQ(error_of([] { parse("network main\n}", "t"); }), "t: line 1: expected '{', got ''");
  EXPECT_EQ(error_of([] { parse("network main {\n}\nnetwork more {\n}", "t"); }),
            "t: line 3: text after the closing '}'");
  EXPECT_EQ(parse("\n  network  main  {\n\n }\n\n", "t")->name(), "main");
}

void expect_round_trip(const Network& network) {
  const std::string text = print(network);
  EXPECT_EQ(print(*parse(text, "printed")), text);
}

TEST(Parse, NamesOfAnyCharactersReadBack) {
  Network network("a network: of {braces}");
  const TensorType type = TensorType::parse("f32[tokens, 2]");
  for (const char* name : {"plain.name_1", "with space", "a,b", "a:b", "say \"hi\"", "back\\slash",
                           "layers.0 | layers.1", "(x)", "ünï", "x=y"}) {
    network.mark_output(cat("out ", name), network.input(name, type));
  }
  expect_round_trip(network);
  const auto back = parse(print(network), "printed");
  EXPECT_TRUE(back->find("say \"hi\"").has_value());
  EXPECT_EQ(back->outputs().size(), 10u);
}

// Values without a name are numbered, past the numbers that are names.
TEST(Parse, NumbersThatAreNamesReadBack) {
  Network network;
  const Value zero = network.input("0", TensorType::parse("f32[2]"));
  const Value two = network.input("2", TensorType::parse("f32[2]"));
  const Value a =
      network.add_one(ops::Op::parse("unary", Json::parse(R"({"kind":"exp"})", "t")), {zero});
  const Value b =
      network.add_one(ops::Op::parse("unary", Json::parse(R"({"kind":"neg"})", "t")), {a});
  network.mark_output("y", b);
  network.mark_output("z", two);
  expect_round_trip(network);
}

}  // namespace
}  // namespace lathe::graph
