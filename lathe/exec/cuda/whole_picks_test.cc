// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/whole_picks.h"

#include <gtest/gtest.h>

#include "lathe/core/tensor.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/layout.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

// x and the rows that are picked of it, as three steps: y = -x, z = gather(y, …), out = -z.
struct Picks {
  TestPlan plan;
  int x = plan.input("x", TensorType::parse("f32[tokens, 8]"));
  int rows = plan.input("logit_rows", TensorType::parse("i32[logit_rows]"));
  int y = plan.step(ops::Unary{ops::UnaryKind::kNeg}, {x});

  int pick(const ops::Gather& op, int indices) { return plan.step(op, {y, indices}); }
  int negate(int value) { return plan.step(ops::Unary{ops::UnaryKind::kNeg}, {value}); }
};

// The steps of a plan, prepared for so many rows of so many tokens.
class Prepared {
 public:
  Prepared(const engine::Plan& plan, int64_t tokens, int64_t rows)
      : plan_(plan),
        symbols_(plan),
        arena_(DType::kU8, {plan.arena_bytes.evaluate(kLimits)}),
        values_(plan, symbols_, symbols_.limits(kLimits), static_cast<std::byte*>(arena_.data())),
        x_(DType::kF32, {tokens, 8}),
        rows_(DType::kI32, {rows}),
        steps(resolve_steps(plan, kLimits, {})) {
    const std::string_view name = plan.values[1].name;  // of the indices
    values_.bind(std::vector<NamedView>{{"x", x_.view()}, {name, rows_.view()}});
    prepare(steps, values_);
  }
  std::vector<bool> skipped() { return skip_whole_picks(plan_, steps); }

 private:
  static inline const DimBindings kLimits = {{"tokens", 8}, {"logit_rows", 8}, {"threads", 1}};
  const engine::Plan& plan_;
  SymbolTable symbols_;
  Tensor arena_;
  ValueViews values_;
  Tensor x_, rows_;

 public:
  std::vector<ReadyStep> steps;
};

using Skipped = std::vector<bool>;

TEST(WholePicks, ReadersTakeTheOperand) {
  Picks picks;
  const int z = picks.pick({}, picks.rows);
  picks.negate(picks.y);  // no reader
  picks.plan.output("out", picks.negate(z));
  Prepared whole(picks.plan.plan(), 4, 4);
  EXPECT_EQ(whole.skipped(), (Skipped{false, true, false, false}));
  EXPECT_EQ(whole.steps[3].inputs[0].data, whole.steps[0].outputs[0].data);
  EXPECT_EQ(whole.steps[2].inputs[0].data, whole.steps[0].outputs[0].data);
  Prepared some(picks.plan.plan(), 4, 3);
  EXPECT_EQ(some.skipped(), (Skipped{false, false, false, false}));
  EXPECT_EQ(some.steps[3].inputs[0].data, some.steps[1].outputs[0].data);
}

TEST(WholePicks, AResultThatOthersSeeIsMade) {
  Picks output;
  output.plan.output("out", output.pick({}, output.rows));
  EXPECT_EQ(Prepared(output.plan.plan(), 4, 4).skipped(), (Skipped{false, false}));
  Picks alias;
  const int z = alias.pick({}, alias.rows);
  const int flat = alias.plan.alias(z, TensorType::parse("f32[logit_rows, 2, 4]"));
  alias.plan.output("out", alias.negate(flat));
  EXPECT_EQ(Prepared(alias.plan.plan(), 4, 4).skipped(), (Skipped{false, false, false}));
}

TEST(WholePicks, OtherIndicesAreNoRows) {
  Picks other;
  const int rows = other.rows;
  other.plan.plan().values[static_cast<size_t>(rows)].name = "positions";
  other.plan.output("out", other.negate(other.pick({}, rows)));
  EXPECT_EQ(Prepared(other.plan.plan(), 4, 4).skipped(), (Skipped{false, false, false}));
  Picks from_behind;
  from_behind.plan.output("out", from_behind.negate(from_behind.pick({.axis = -2}, rows)));
  EXPECT_TRUE(Prepared(from_behind.plan.plan(), 4, 4).skipped()[1]) << "the first axis";
}

TEST(WholePicks, AnOperandIsReadAsLongAsItIsThere) {
  Picks picks;
  const int z = picks.pick({}, picks.rows);
  const int other = picks.negate(picks.x);
  picks.plan.output("out", picks.negate(z));
  engine::Plan& plan = picks.plan.plan();
  const auto value = [&](int index) -> engine::PlanValue& {
    return plan.values[static_cast<size_t>(index)];
  };
  EXPECT_TRUE(Prepared(plan, 4, 4).skipped()[1]);
  value(other).offset = value(picks.y).offset;  // as a planner may: y is not read any more
  EXPECT_FALSE(Prepared(plan, 4, 4).skipped()[1]);
}

}  // namespace
}  // namespace lathe::exec
