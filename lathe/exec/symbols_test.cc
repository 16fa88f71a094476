// SPDX-License-Identifier: Apache-2.0
// Compiled linear forms against the dims that they were made of.
#include "lathe/exec/symbols.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/temp_dir.h"

namespace lathe::exec {
namespace {

using testing::error_of;

engine::Plan plan_with(const std::vector<std::string>& symbols) {
  engine::Plan plan;
  for (const std::string& symbol : symbols)
    plan.arena_bytes = plan.arena_bytes + Dim::symbol(symbol);
  return plan;
}

// In the table's order: by name, `threads` among them.
const std::vector<std::string> kNames = {"logit_rows", "sequences", "threads", "tokens"};

class Symbols : public ::testing::Test {
 protected:
  std::vector<int64_t> sizes(const DimBindings& bindings) const { return table.limits(bindings); }

  SymbolTable table{plan_with({"tokens", "sequences", "logit_rows"})};
};

TEST_F(Symbols, FormsEvaluateAsTheirDims) {
  std::mt19937 random(5);
  const auto number = [&](int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random);
  };
  for (int i = 0; i < 300; ++i) {
    Dim dim = number(-50, 50);
    DimBindings bindings;
    for (const std::string& name : kNames) {
      dim = dim + Dim::symbol(name) * number(-3, 3);
      bindings[name] = number(0, 1000);
    }
    EXPECT_EQ(table.compile(dim).evaluate(sizes(bindings)), dim.evaluate(bindings))
        << dim.to_string();
  }
}

TEST_F(Symbols, SolveFindsTheOneUnknown) {
  const LinearForm form = table.compile(Dim::symbol("tokens") * 2 + Dim::symbol("sequences") + 1);
  std::vector<int64_t> known(kNames.size(), kUnknownSize);
  known[1] = 3;
  EXPECT_TRUE(form.solve(14, known));
  EXPECT_EQ(known[3], 5);
  EXPECT_TRUE(form.solve(14, known)) << "all known, and equal";
  EXPECT_FALSE(form.solve(15, known)) << "all known, and not";
}

TEST_F(Symbols, SolveRefusesWhatNoSizeGives) {
  const LinearForm doubled = table.compile(Dim::symbol("tokens") * 2);
  const LinearForm both = table.compile(Dim::symbol("tokens") + Dim::symbol("sequences"));
  const LinearForm above = table.compile(Dim::symbol("tokens") + 8);
  std::vector<int64_t> unknown(kNames.size(), kUnknownSize);
  EXPECT_FALSE(doubled.solve(7, unknown)) << "half a token";
  EXPECT_FALSE(above.solve(7, unknown)) << "less than none";
  EXPECT_FALSE(both.solve(7, unknown)) << "two unknowns";
  EXPECT_EQ(unknown, std::vector<int64_t>(kNames.size(), kUnknownSize)) << "nothing was written";
  EXPECT_TRUE(table.compile(Dim(7)).solve(7, unknown));
  EXPECT_FALSE(table.compile(Dim(7)).solve(8, unknown));
}

TEST_F(Symbols, EverySymbolNeedsALimit) {
  const DimBindings all = {
      {"tokens", 8}, {"sequences", 2}, {"logit_rows", 0}, {"threads", 4}, {"of_another_plan", 1}};
  EXPECT_EQ(sizes(all), (std::vector<int64_t>{0, 2, 4, 8}));
  DimBindings missing = all, negative = all;
  missing.erase("sequences");
  negative["tokens"] = -1;
  EXPECT_EQ(error_of([&] { sizes(missing); }),
            "limits: expected one of 0 or more for symbol 'sequences', got none");
  EXPECT_EQ(error_of([&] { sizes(negative); }),
            "limits: expected one of 0 or more for symbol 'tokens', got -1");
}

}  // namespace
}  // namespace lathe::exec
