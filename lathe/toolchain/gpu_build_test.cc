// SPDX-License-Identifier: Apache-2.0
// Engines for a GPU, built on a machine without one: every checkpoint of tests/data/checkpoints has
// kernels for all of its steps, and the shape of Llama 3 8B fast ones. Sources are generated; a
// stand-in compiles them (that they compile is tested where kernels are).
#include <gtest/gtest.h>

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/engine/folder.h"
#include "lathe/engine/inspect.h"
#include "lathe/toolchain/build_engine.h"
#include "tests/support/fake_compiler.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::toolchain {
namespace {

namespace fs = std::filesystem;
using lathe::testing::error_of;

constexpr std::string_view kLlama3 = R"({"architectures":["LlamaForCausalLM"],
  "model_type":"llama","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,
  "num_attention_heads":32,"num_key_value_heads":8,"vocab_size":128256,
  "max_position_embeddings":8192,"rope_theta":500000.0,"rms_norm_eps":1e-5,"hidden_act":"silu",
  "tie_word_embeddings":false,"torch_dtype":"bfloat16"})";

class GpuBuild : public lathe::testing::NeedsNvrtc {
 protected:
  BuildEngineOptions options(const fs::path& checkpoint) const {
    BuildEngineOptions out{.checkpoint = checkpoint, .output = dir.path() / "engine"};
    out.target = "sm_90a";
    out.compile.compiler = compiler.path();
    return out;
  }
  engine::EngineData built(const BuildEngineOptions& options) const {
    build_engine(options);
    return engine::read_engine(options.output);
  }
  BuildEngineOptions llama3() const {
    dir.write("config.json", kLlama3);
    BuildEngineOptions out = options(dir.path() / "config.json");
    out.dummy_seed = 1;
    return out;
  }
  lathe::testing::TempDir dir;
  lathe::testing::FakeCompiler compiler;
};

// Element-wise ops compute in f32, and rows may be picked of their results.
bool wrongly_reads_f32(const engine::Plan& plan, const engine::PlanStep& step) {
  if (step.op == "pointwise_group" || step.op == "gather") return false;
  return std::any_of(step.inputs.begin(), step.inputs.end(), [&](int input) {
    return plan.values[static_cast<size_t>(input)].type.dtype == DType::kF32;
  });
}

class GpuGolden : public GpuBuild, public ::testing::WithParamInterface<fs::path> {};

TEST_P(GpuGolden, HasCodeForEveryStepAndWeight) {
  for (const std::string dtype : {"bf16", "fp16"}) {
    BuildEngineOptions asked = options(GetParam());
    asked.dtype = dtype;
    const engine::EngineData data = built(asked);
    const engine::Plan& plan = data.manifest.plans[0];
    for (const engine::PlanStep& step : plan.steps) {
      ASSERT_FALSE(step.kernels[0].choices[0].code.empty()) << step.op;
      EXPECT_FALSE(wrongly_reads_f32(plan, step)) << step.op;
    }
    for (const engine::PlanState& state : plan.states) EXPECT_EQ(bits_of(state.dtype), 16);
    const engine::PlanValue& logits = plan.values[static_cast<size_t>(plan.outputs[0].value)];
    EXPECT_EQ(logits.type.dtype, DType::kF32);
    EXPECT_TRUE(data.code.cubins.contains(plan.sampler)) << plan.sampler;
    EXPECT_NE(engine::inspect_text(data, 0).find("device code for sm_90a"), std::string::npos);
  }
}

std::vector<fs::path> checkpoints() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(LATHE_SOURCE_DIR "/tests/data/checkpoints")) {
    if (entry.is_directory()) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string checkpoint_name(const ::testing::TestParamInfo<fs::path>& info) {
  return info.param.filename().string();
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GpuGolden, ::testing::ValuesIn(checkpoints()),
                         checkpoint_name);

TEST_F(GpuBuild, Llama3RunsOnFastKernelsInFewSteps) {
  BuildEngineOptions strict = llama3();
  strict.strict = true;
  const engine::EngineData data = built(strict);
  const engine::Plan& plan = data.manifest.plans[0];
  EXPECT_LE(plan.steps.size(), 165U);
  EXPECT_LE(compiler.times_asked(), 32) << "layers share their code";
  for (const engine::PlanWeight& weight : plan.weights) {
    if (weight.layout.empty() && weight.shape.size() == 2 &&
        weight.name != "model.embed_tokens.weight")
      continue;  // the canonical tensor of what is packed
    EXPECT_FALSE(weight.code.empty()) << weight.name << ": drawn on the host, slowly";
  }
}

TEST_F(GpuBuild, TheSameInputGivesTheSameManifest) {
  const engine::Manifest first = built(llama3()).manifest, second = built(llama3()).manifest;
  EXPECT_EQ(lathe::to_json(first).dump(), lathe::to_json(second).dump());
}

TEST_F(GpuBuild, StrictNamesStepsWithoutAFastKernel) {
  BuildEngineOptions strict =
      options(fs::path(LATHE_SOURCE_DIR) / "tests/data/checkpoints/llama_gqa");
  strict.strict = true;
  const std::string message = error_of([&] { build_engine(strict); });
  EXPECT_NE(message.find("3 of paged_attention: paged_attention.cuda.sm90: takes heads of"),
            std::string::npos)
      << message;
  EXPECT_EQ(message.find("runs on a CPU"), std::string::npos) << message;
}

TEST_F(GpuBuild, AutoIsTheConfigsHalf) {
  std::string config(kLlama3);
  config.replace(config.find("bfloat16"), 8, "float16");
  BuildEngineOptions half = llama3();
  dir.write("config.json", config);
  const engine::EngineData data = built(half);
  EXPECT_EQ(data.manifest.plans[0].states[0].dtype, DType::kF16);
}

TEST_F(GpuBuild, WhatAGpuDoesNotRunIsRefused) {
  BuildEngineOptions wide = llama3();
  wide.dtype = "fp32";
  EXPECT_NE(error_of([&] { build_engine(wide); }).find("--dtype: expected auto, bf16 or fp16"),
            std::string::npos);
  BuildEngineOptions older = llama3();
  older.target = "sm_80";
  EXPECT_NE(error_of([&] { build_engine(older); }).find("--target: expected cpu or sm_90a"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(older.output)) << "nothing is left behind";
}

}  // namespace
}  // namespace lathe::toolchain
