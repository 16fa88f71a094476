// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/default_fields.h"

#include <gtest/gtest.h>

#include "lathe/graph/text.h"

namespace lathe::graph {
namespace {

using ops::with_defaults;
using ops::without_defaults;

Json json(std::string_view text) { return Json::parse(text, "test"); }

TEST(DefaultFields, OnlyWhatDiffersIsLeft) {
  const Json defaults = json(R"({"a":1,"b":{"c":2,"d":[3]},"e":null})");
  EXPECT_EQ(without_defaults(defaults, defaults).dump(), "{}");
  const Json other = json(R"({"a":5,"b":{"c":2,"d":[4]},"e":null})");
  EXPECT_EQ(without_defaults(other, defaults).dump(), R"({"a":5,"b":{"d":[4]}})");
}

TEST(DefaultFields, WhatIsMissingComesBack) {
  const Json defaults = json(R"({"a":1,"b":{"c":2,"d":[3]},"e":null})");
  const Json other = json(R"({"a":5,"b":{"d":[4]}})");
  const Json whole = with_defaults(other, defaults);
  EXPECT_EQ(whole.at("a").as_integer(), 5);
  EXPECT_EQ(whole.at("b").at("c").as_integer(), 2);
  EXPECT_EQ(whole.at("b").at("d").dump(), "[4]");
  EXPECT_TRUE(whole.at("e").is_null());
}

TEST(DefaultFields, TextFormIsShortAndReadsBack) {
  const std::string text =
      "network main {\n"
      "  input %x: f32[tokens, 8]\n"
      "  parameter %w: f32[4, 8] {\"sharding\":{\"axis\":\"rows\"}}\n"
      "  %0: f32[tokens, 4] = linear(%x, %w) {\"activation\":\"silu\"}\n"
      "  output y = %0\n"
      "}\n";
  EXPECT_EQ(print(*parse(text, "test")), text);
}

}  // namespace
}  // namespace lathe::graph
