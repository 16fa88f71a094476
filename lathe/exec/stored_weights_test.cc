// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/stored_weights.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

using testing::error_of;

const ops::WeightFormatDesc kQ4{
    .name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true};

// A matrix in blocks, canonical and packed, of two sources; a vector in bf16.
engine::Plan two_weights() {
  TestPlan plan;
  plan.weight("blocks", {6, 64}, kQ4);
  plan.plan().weights[0].sources = {{.tensor = "a"}, {.tensor = "b", .transposed = true}};
  plan.plan().weights[0].source_rows = {2, 4};
  plan.weight("norm", {5}, {.code_dtype = DType::kBf16});
  plan.plan().weights.push_back(plan.plan().weights[0]);
  plan.plan().weights.back().part = ops::WeightPart::kScales;
  return plan.plan();
}

bool equal_bytes(const Tensor& a, const Tensor& b) {
  const auto* x = static_cast<const std::byte*>(a.data());
  const auto* y = static_cast<const std::byte*>(b.data());
  return a.dtype() == b.dtype() && a.sizes() == b.sizes() && std::equal(x, x + a.num_bytes(), y);
}

TEST(StoredWeights, ComeBackAsTheyWereRead) {
  const engine::Plan plan = two_weights();
  const testing::TempDir folder;
  const RowReader original = dummy_rows(4);
  store_weights({&plan, 1}, original, folder.path() / "w.safetensors");
  const RowReader stored = stored_rows(folder.path() / "w.safetensors");
  const engine::PlanWeight& blocks = plan.weights[0];
  for (const quant::RowRange range : {quant::RowRange{0, 4}, quant::RowRange{1, 3}}) {
    const ops::CanonicalTensor expected = original(blocks, 1, range);
    const ops::CanonicalTensor rows = stored(blocks, 1, range);
    EXPECT_EQ(rows.format, expected.format);
    EXPECT_TRUE(equal_bytes(rows.values, expected.values));
    EXPECT_TRUE(equal_bytes(rows.scales, expected.scales));
    EXPECT_TRUE(equal_bytes(rows.minimums, expected.minimums));
  }
  const Tensor norm = stored(plan.weights[1], 0, {0, 5}).values;
  EXPECT_TRUE(equal_bytes(norm, original(plan.weights[1], 0, {0, 5}).values.to(DType::kBf16)));
}

TEST(StoredWeights, OfAnotherPlanAreRefused) {
  engine::Plan plan = two_weights();
  const testing::TempDir folder;
  store_weights({&plan, 1}, dummy_rows(4), folder.path() / "w.safetensors");
  const RowReader stored = stored_rows(folder.path() / "w.safetensors");
  plan.weights[1].source_rows = {6};
  EXPECT_NE(error_of([&] {
              stored(plan.weights[1], 0, {0, 6});
            }).find("another shape"),
            std::string::npos);
  plan.weights[1].sources[0].tensor = "other";
  EXPECT_NE(error_of([&] {
              stored(plan.weights[1], 0, {0, 6});
            }).find("is missing"),
            std::string::npos);
  EXPECT_NE(error_of([&] { store_weights({&plan, 1}, dummy_rows(4), "/nowhere/w"); }), "no error");
}

}  // namespace
}  // namespace lathe::exec
