// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/resident_weights.h"

#include <gtest/gtest.h>

#include "lathe/exec/weight_storage.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/linear.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

using testing::error_of;

const ops::WeightFormatDesc kQ4{
    .name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true};

// x + the first weight; the second is packed and read by hand, the third by nobody.
engine::Plan three_weights() {
  TestPlan plan;
  const int x = plan.input("x", TensorType::parse("f32[tokens, 5]"));
  const int bias = plan.weight("bias", {5});
  const int packed = plan.weight("packed", {40, 64}, kQ4, "q4_1.panel32");
  plan.weight("unread", {7});
  plan.output("y", plan.step(ops::Binary{ops::BinaryKind::kAdd}, {x, bias}));
  plan.output("packed", packed);
  return plan.plan();
}

class ResidentWeights : public ::testing::Test {
 protected:
  void store() { store_resident({&plan_, 1}, dummy_rows(4), pool_, file_); }
  std::vector<Tensor> load(const WeightRows& rows) {
    return load_weights(plan_, {true, true, false}, rows, pool_);
  }

  engine::Plan plan_ = three_weights();
  testing::TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "w.safetensors";
  ThreadPool pool_{2};
};

TEST_F(ResidentWeights, AreTheBytesThatLoadingPacks) {
  store();
  const std::vector<Tensor> packed = load(dummy_rows(4));
  const std::vector<Tensor> mapped = load(WeightRows(resident_weights(file_)));
  for (const size_t i : {0, 1}) {
    EXPECT_EQ(mapped[i].dtype(), packed[i].dtype());
    EXPECT_EQ(mapped[i].sizes(), packed[i].sizes());
    EXPECT_TRUE(std::equal(static_cast<const std::byte*>(packed[i].data()),
                           static_cast<const std::byte*>(packed[i].data()) + packed[i].num_bytes(),
                           static_cast<const std::byte*>(mapped[i].data())));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(mapped[i].data()) % 64, 0u);
  }
}

TEST_F(ResidentWeights, WhatNoKernelReadsIsNotStored) {
  store();
  EXPECT_NE(error_of([&] {
              resident_weights(file_)(plan_.weights[2]);
            }).find("'unread|plain|f32|values' is missing; rebuild"),
            std::string::npos);
}

TEST_F(ResidentWeights, OfAnotherPlanAreRefused) {
  store();
  const ResidentReader stored = resident_weights(file_);
  plan_.weights[1].shape = {70, 64};
  plan_.weights[1].source_rows = {70};
  EXPECT_NE(error_of([&] { stored(plan_.weights[1]); }).find("another shape"), std::string::npos);
}

TEST_F(ResidentWeights, UnwritableAndCutFilesAreErrors) {
  EXPECT_NE(error_of([&] {
              store_resident({&plan_, 1}, dummy_rows(4), pool_, "/nowhere/w");
            }).find("cannot be written"),
            std::string::npos);
  store();
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 1);
  EXPECT_NE(error_of([&] { resident_weights(file_); }), "no error");
}

}  // namespace
}  // namespace lathe::exec
