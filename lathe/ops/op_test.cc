// SPDX-License-Identifier: Apache-2.0
// Ops as values: parsing, printing, equality, the list of all of them.
#include "lathe/ops/op.h"

#include <gtest/gtest.h>

#include <set>

#include "lathe/base/error.h"
#include "lathe/ops/default_fields.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/sharding.h"
#include "lathe/ops/step_inputs.h"
#include "lathe/ops/weight_source.h"
#include "tests/support/temp_dir.h"

namespace lathe::ops {
namespace {

using testing::error_of;

Json json(std::string_view text) { return Json::parse(text, "test"); }

TEST(Op, HoldsAnyOpByValue) {
  const Op op = RmsNorm{.eps = 1e-6f};
  EXPECT_EQ(op.name(), "rms_norm");
  ASSERT_NE(op.as<RmsNorm>(), nullptr);
  EXPECT_EQ(op.as<RmsNorm>()->eps, 1e-6f);
  EXPECT_EQ(op.as<LayerNorm>(), nullptr);
  EXPECT_TRUE(op.is<RmsNorm>());
  EXPECT_FALSE(op.is<Unary>());
}

TEST(Op, EqualityIsOfKindAndAttributes) {
  EXPECT_EQ(Op(RmsNorm{}), Op(RmsNorm{}));
  EXPECT_FALSE(Op(RmsNorm{}) == Op(RmsNorm{.eps = 1}));
  EXPECT_FALSE(Op(RmsNorm{}) == Op(LayerNorm{}));
}

TEST(Op, EveryOpPrintsWhatItParses) {
  for (const OpDef* def : all_ops()) {
    const Op op(*def, def->defaults());
    EXPECT_EQ(Op::parse(def->info.name, op.attributes_json()), op) << def->info.name;
    EXPECT_EQ(op.default_attributes(), def->defaults()) << def->info.name;
    Op back = Unary{.kind = UnaryKind::kTanh};
    read_json(to_json(op), back);
    EXPECT_EQ(back, op) << def->info.name;
  }
}

TEST(Op, EveryOpSaysWhatItIs) {
  std::set<std::string_view> names;
  for (const OpDef* def : all_ops()) {
    EXPECT_TRUE(names.insert(def->info.name).second) << def->info.name << " is there twice";
    EXPECT_FALSE(def->info.formula.empty()) << def->info.name;
    EXPECT_NE(def->info.rule.find("->"), std::string_view::npos) << def->info.name;
    EXPECT_EQ(find_op(def->info.name), def);
  }
  EXPECT_EQ(find_op("nothing"), nullptr);
}

TEST(Op, ParsingRefusesByName) {
  EXPECT_EQ(error_of([] { Op::parse("rms_nrom", json("{}")); }),
            "no op is called 'rms_nrom'; did you mean rms_norm?");
  EXPECT_EQ(error_of([] { Op::parse("xylophone_player", json("{}")); }),
            "no op is called 'xylophone_player'");
  const std::string missing = error_of([] { Op::parse("layer_norm", json("{}")); });
  EXPECT_TRUE(missing.starts_with("layer_norm: ")) << missing;
  EXPECT_NE(missing.find("eps"), std::string::npos) << missing;
  EXPECT_EQ(error_of([] { Op::parse("layer_norm", json(R"({"eps": 1, "x": 2})")); }),
            "layer_norm: unknown field 'x'");
  const std::string kind = error_of([] { Op::parse("unary", json(R"({"kind": "expp"})")); });
  EXPECT_TRUE(kind.starts_with("unary: kind: ")) << kind;
  Op op = Unary{};
  EXPECT_EQ(error_of([&] {
              read_json(json(R"({"name": "unary", "attributes": {"kind": "neg"}, "z": 1})"), op);
            }),
            "unknown field 'z'");
}

TEST(DefaultFields, OnlyWhatDiffersIsWritten) {
  const Json defaults = json(R"({"a": 1, "b": {"c": 2, "d": 3}, "e": [1]})");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"a":1,"b":{"c":2,"d":3},"e":[1]})", "{}"},
      {R"({"a":5,"b":{"c":2,"d":3},"e":[1]})", R"({"a":5})"},
      {R"({"a":1,"b":{"c":2,"d":4},"e":[1]})", R"({"b":{"d":4}})"},
      {R"({"a":1,"b":{"c":2,"d":3},"e":[]})", R"({"e":[]})"},
      {R"({"a":1,"b":7,"e":[1]})", R"({"b":7})"},
      {R"({"z":1})", R"({"z":1})"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(without_defaults(json(test.first), defaults).dump(), test.second);
  }
}

TEST(DefaultFields, WhatWasLeftOutComesBack) {
  const Json defaults = json(R"({"a": 1, "b": {"c": 2, "d": 3}})");
  EXPECT_EQ(with_defaults(json("{}"), defaults), defaults);
  const Json changed = with_defaults(json(R"({"b": {"d": 4}, "z": 5})"), defaults);
  EXPECT_EQ(changed.at("a").as_integer(), 1);
  EXPECT_EQ(changed.at("b").at("c").as_integer(), 2);
  EXPECT_EQ(changed.at("b").at("d").as_integer(), 4);
  EXPECT_EQ(changed.at("z").as_integer(), 5);
  for (const OpDef* def : all_ops()) {
    const Json shortened = without_defaults(def->defaults(), def->defaults());
    EXPECT_EQ(shortened.dump(), "{}") << def->info.name;
    EXPECT_EQ(Op(*def, with_defaults(shortened, def->defaults())), Op(*def, def->defaults()));
  }
}

TEST(StepInputs, AreSevenVectorsAndATable) {
  EXPECT_EQ(step_inputs().size(), 7u);
  EXPECT_EQ(step_input("token_ids").type.to_string(), "i32[tokens]");
  EXPECT_EQ(step_input("lengths").type.to_string(), "i32[tokens]");
  EXPECT_EQ(step_input("cu_q_lengths").type.to_string(), "i32[sequences+1]");
  EXPECT_EQ(step_input("kv_lengths").type.to_string(), "i32[sequences]");
  EXPECT_EQ(step_input("block_tables").type.to_string(), "i32[sequences, table_width]");
  EXPECT_EQ(step_input("logit_rows").type.to_string(), "i32[logit_rows]");
  EXPECT_NE(error_of([] { step_input("tokens"); }).find("no step input is called 'tokens'"),
            std::string::npos);
}

TEST(Descriptions, ReadBackFromJson) {
  const ShardingSpec spec{.axis = ShardAxis::kRows, .unit = 64, .parts = {128, 64, 64}};
  EXPECT_EQ(from_json<ShardingSpec>(to_json(spec)), spec);
  EXPECT_EQ(to_json(spec).at("axis").as_string(), "rows");
  const WeightSource source{.tensor = "h.0.attn.weight", .transposed = true};
  EXPECT_EQ(from_json<WeightSource>(to_json(source)), source);
  EXPECT_EQ(to_string(WeightPart::kValues), "values");
  EXPECT_EQ(to_string(WeightPart::kScales), "scales");
  EXPECT_EQ(to_string(WeightPart::kMinimums), "minimums");
  EXPECT_EQ(to_string(ShardAxis::kNone), "none");
  EXPECT_EQ(to_string(ShardAxis::kCols), "cols");
}

}  // namespace
}  // namespace lathe::ops
