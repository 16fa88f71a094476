// SPDX-License-Identifier: Apache-2.0
// SmolLM2-135M-Instruct, where it has been fetched: the engine of its GGUF, block formats and all,
// computes op by op what the interpreter computes. (Whole logits differ more: one rounding of an
// activation to the other code, and all that follows rounds differently.)
#include <gtest/gtest.h>

#include <cstdlib>

#include "lathe/toolchain/build_engine.h"
#include "lathe/toolchain/diff_engine.h"
#include "tests/support/temp_dir.h"

namespace lathe::toolchain {
namespace {

namespace fs = std::filesystem;

fs::path fetched_model() {
  const char* cache = std::getenv("LATHE_CACHE");
  const char* home = std::getenv("HOME");
  const fs::path folder = cache != nullptr ? fs::path(cache) : fs::path(home) / ".cache/lathe";
  return folder / "smollm2-135m-instruct.gguf";
}

class SmolLm2 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(model_)) GTEST_SKIP() << model_ << " is not there: tools/fetch_smollm2.sh";
  }

  EngineReport build(BuildEngineOptions options) const {
    options.checkpoint = model_;
    options.output = engine_;
    return build_engine(options);
  }

  builder::DiffReport diff() const {
    return diff_engine({.engine = engine_,
                        .token_ids = {504, 2365, 6354, 16438},  // "The quick brown fox"
                        .load = {.threads = 2},
                        .tolerance = 1e-5});
  }

  fs::path model_ = fetched_model();
  lathe::testing::TempDir dir_;
  fs::path engine_ = dir_.path() / "engine";
};

TEST_F(SmolLm2, FusedEngineAgreesWithTheInterpreter) {
  const EngineReport report = build({.strict = true});
  EXPECT_LE(report.record.seconds, 2);
  EXPECT_LE(report.record.peak_bytes, int64_t{100} << 20);
  EXPECT_EQ(report.build.ops_after, 304);  // 10 a layer and 4 around them
  const builder::DiffReport found = diff();
  EXPECT_FALSE(found.first) << to_text(found);
  EXPECT_GE(found.values_compared, 500);
}

TEST_F(SmolLm2, EngineWithoutFusionsAgreesToo) {
  BuildEngineOptions options;
  for (const builder::Pass* pass : builder::optimize_passes()) {
    options.skip_passes.emplace_back(pass->name);
  }
  build(options);
  const builder::DiffReport found = diff();
  EXPECT_FALSE(found.first) << to_text(found);
}

TEST_F(SmolLm2, APlantInTheEngineIsFound) {
  build({.plant = "paged_attention"});
  const builder::DiffReport found = diff();
  ASSERT_TRUE(found.first);
  EXPECT_EQ(found.first->op, "paged_attention");
}

}  // namespace
}  // namespace lathe::toolchain
