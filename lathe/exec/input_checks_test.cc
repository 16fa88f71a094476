// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/input_checks.h"

#include <gtest/gtest.h>

#include <map>

#include "lathe/exec/session.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/embedding.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

using testing::error_of;

Tensor integers(std::vector<int64_t> sizes, std::vector<int32_t> values) {
  return Tensor::from<int32_t>(DType::kI32, std::move(sizes), values);
}

// A table of 5 rows, that the kernel finds in panels of 32.
TestPlan embedding_plan() {
  TestPlan plan;
  const int ids = plan.input("token_ids", TensorType::parse("i32[tokens]"));
  const int table = plan.weight("table", {5, 4});
  const int packed = plan.weight("table", {5, 4}, {}, "f32.panel32");
  plan.output("y", plan.step(ops::Embedding{}, {ids, table}));
  plan.plan().steps[0].kernels[0].choices[0] = {.up_to_tokens = 0,
                                                .kernel = "embedding.cpu.panel.f32",
                                                .inputs = {ids, packed},
                                                .workspace_bytes = {}};
  return plan;
}

TEST(InputChecks, AnIdInTheFillingOfAPanelIsRefused) {
  const auto engine = embedding_plan().load({{"table", Tensor(DType::kF32, {5, 4})}});
  Session session(engine, {.limits = {{"tokens", 4}}});
  for (const int32_t id : {5, 31, 32, -1, 1 << 30}) {
    const Tensor ids = integers({2}, {4, id});
    EXPECT_EQ(error_of([&] {
                session.run({{"token_ids", ids.view()}});
              }),
              cat("input 'token_ids' at 1: expected an id below 5, got ", id));
  }
  const Tensor last = integers({1}, {4});
  EXPECT_EQ(error_of([&] { session.run({{"token_ids", last.view()}}); }), "no error");
  EXPECT_EQ(error_of([&] {
              session.run({{"token_ids", Tensor(DType::kF32, {2}).view()}});
            }),
            "input 'token_ids': expected a contiguous i32[tokens], got f32[2]");
}

// Two sequences: a context of two tokens, and one token behind 64 others.
class Sequences : public ::testing::Test {
 protected:
  Sequences() {
    plan_.states.push_back({.name = "layers.0.kv", .spec = {.kv_heads = 1, .head_dim = 2}});
  }
  std::string check() const {
    std::vector<NamedView> views;
    for (const auto& [name, tensor] : inputs_) views.push_back({name, tensor.view()});
    return error_of([&] { InputChecks(plan_).check_sequences(views, 3); });
  }

  engine::Plan plan_;
  std::map<std::string, Tensor> inputs_ = {
      {"positions", integers({3}, {0, 1, 64})}, {"cu_q_lengths", integers({3}, {0, 2, 3})},
      {"kv_lengths", integers({2}, {2, 65})},   {"block_tables", integers({2, 2}, {0, -1, 2, 1})},
      {"logit_rows", integers({2}, {1, 2})},
  };
};

TEST_F(Sequences, BlocksBehindASequencesEndMayBeAnything) { EXPECT_EQ(check(), "no error"); }

TEST_F(Sequences, WhatPointsOutsideIsNamed) {
  struct Case {
    std::string input;
    Tensor tensor;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"positions", integers({3}, {0, 2, 64}),
       "input 'positions' at 1: expected one below the 2 tokens of sequence 0, got 2"},
      {"positions", integers({3}, {0, 1, -1}),
       "input 'positions' at 2: expected one below the 65 tokens of sequence 1, got -1"},
      {"cu_q_lengths", integers({3}, {0, 2, 4}),
       "cu_q_lengths: expected to end with the step's 3 tokens, got 4"},
      {"cu_q_lengths", integers({3}, {0, -1, 3}),
       "cu_q_lengths: expected ascending values from 0, got -1 at 1"},
      {"kv_lengths", integers({2}, {2, 129}),
       "block_tables: sequence 1 has positions 0 to 128, its table has 2 blocks of 64"},
      {"block_tables", integers({2, 2}, {0, -1, 2, 3}),
       "block_tables: sequence 1 names block 3, the cache has 3"},
      {"logit_rows", integers({2}, {1, 3}),
       "input 'logit_rows' at 1: expected an id below 3, got 3"},
  };
  for (const Case& lie : cases) {
    const Tensor truth = std::exchange(inputs_.at(lie.input), lie.tensor);
    EXPECT_EQ(check(), lie.message);
    inputs_.at(lie.input) = truth;
  }
}

TEST_F(Sequences, PlansWithoutACacheHaveNone) {
  plan_.states.clear();
  inputs_.at("logit_rows") = integers({2}, {1, 3});
  EXPECT_EQ(check(), "no error");
}

}  // namespace
}  // namespace lathe::exec
