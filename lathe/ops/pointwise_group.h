// SPDX-License-Identifier: Apache-2.0
// Several element-wise ops as one: what the builder makes of neighbours, and one kernel runs.
#pragma once

#include "lathe/ops/elementwise.h"

namespace lathe::ops {

// One op of a group. `args` are the group's inputs (0, 1, …) and behind them the results of the
// steps before this one.
struct PointwiseStep {
  Op op = Unary{};
  std::vector<int> args;
  bool operator==(const PointwiseStep&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("op", &PointwiseStep::op);
    v("args", &PointwiseStep::args);
  }
};

// Every step keeps the dtype that its op gives it: a result is rounded to it before the next step
// takes it, and a cast is a step like the others, so that a fusion changes no rounding.
//
// A kernel goes by the dtypes of its views: there a floating step has the widest floating dtype of
// its operands (of constants, which have none, f32), a cast its own. For a group of well-typed ops
// these are the dtypes of the rule.
struct PointwiseGroup {
  static constexpr OpInfo kInfo{
      .name = "pointwise_group",
      .formula = "the steps one after the other, each an element-wise op with its own rounding",
      .rule =
          "inputs, 128 at most; steps, as many: unary, binary, compare, where, cast, broadcast_to, "
          "constants of one value, on inputs and earlier steps -> the values named by outputs, "
          "128 at most",
      .source = "",
  };
  static constexpr size_t kMost = 128;  // inputs; steps; outputs
  std::vector<PointwiseStep> steps;
  std::vector<int> outputs;  // values, numbered as in PointwiseStep::args
  bool operator==(const PointwiseGroup&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("steps", &PointwiseGroup::steps);
    v("outputs", &PointwiseGroup::outputs);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Whether a group may have this op as a step.
bool is_pointwise(const Op& op);

}  // namespace lathe::ops
