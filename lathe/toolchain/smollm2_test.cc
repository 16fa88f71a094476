// SPDX-License-Identifier: Apache-2.0
// SmolLM2-135M-Instruct, where it has been fetched: the engine of its GGUF, block formats and all,
// says what the interpreter says, with and without fusions.
#include <gtest/gtest.h>

#include <cstdlib>

#include "lathe/exec/session.h"
#include "lathe/toolchain/build_engine.h"
#include "lathe/toolchain/reference_model.h"
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

  // Builds with these options and compares every logit of a short prompt with the interpreter's.
  EngineReport check(BuildEngineOptions options) {
    options.checkpoint = model_;
    options.output = dir_.path() / "engine";
    EngineReport report = build_engine(options);
    const auto engine = exec::load_engine(options.output, {.threads = 2, .isa = {}, .weights = {}});
    const DimBindings limits = prompt_limits(static_cast<int64_t>(ids_.size()), 64);
    exec::Session session(engine, {.plan = 0, .limits = limits, .num_blocks = 1, .plant = {}});
    const graph::NamedTensors inputs = prompt_inputs(ids_, 64);
    std::vector<exec::NamedView> views;
    for (const auto& [name, tensor] : inputs) views.push_back({name, tensor.view()});
    session.run(views);
    ReferenceModel reference(model_, 2);
    const Tensor expected = reference.logits(ids_);
    const TensorView got = session.output("logits");
    double worst = 0;
    for (int64_t i = 0; i < expected.num_elements(); ++i) {
      worst = std::max<double>(
          worst, std::abs(got.as<float>()[i] - expected.values<float>()[static_cast<size_t>(i)]));
    }
    EXPECT_LE(worst, 1e-3);
    return report;
  }

  fs::path model_ = fetched_model();
  lathe::testing::TempDir dir_;
  std::vector<int32_t> ids_ = {504, 2365, 6354, 16438};  // "The quick brown fox"
};

TEST_F(SmolLm2, EngineAgreesWithTheInterpreter) {
  const EngineReport report = check({});
  EXPECT_LE(report.seconds, 2);
  EXPECT_LE(report.peak_bytes, int64_t{100} << 20);
  EXPECT_EQ(report.build.ops_after, 305);  // 10 a layer and 5 around them
}

TEST_F(SmolLm2, EngineWithoutFusionsAgreesToo) {
  BuildEngineOptions options;
  for (const builder::Pass* pass : builder::optimize_passes()) {
    options.skip_passes.emplace_back(pass->name);
  }
  check(options);
}

}  // namespace
}  // namespace lathe::toolchain
