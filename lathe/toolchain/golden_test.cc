// SPDX-License-Identifier: Apache-2.0
// Every checkpoint of tests/data/checkpoints, built and run: its fp32 engines say what the
// reference interpreter says (which is held against the golden logits where models are tested),
// with all fusions and with none; its bf16 engine says what the golden logits say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lathe/base/safetensors.h"
#include "lathe/exec/session.h"
#include "lathe/toolchain/build_engine.h"
#include "lathe/toolchain/reference_model.h"
#include "tests/support/temp_dir.h"

namespace lathe::toolchain {
namespace {

namespace fs = std::filesystem;

// Tensors "token_ids.N" and "logits.N" of a golden file.
class Golden {
 public:
  explicit Golden(const fs::path& path)
      : file_(MappedFile::open(path)), tensors_(read_safetensors(file_->bytes(), path.string())) {}

  template <class T>
  std::vector<T> values(std::string_view name) const {
    for (const SafetensorsTensor& tensor : tensors_.tensors) {
      if (tensor.name != name) continue;
      std::vector<T> out(tensor.bytes.size() / sizeof(T));
      std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
      return out;
    }
    return {};
  }

 private:
  std::shared_ptr<const MappedFile> file_;
  Safetensors tensors_;
};

std::vector<float> engine_logits(const std::shared_ptr<const exec::Engine>& engine,
                                 const std::vector<int32_t>& ids) {
  const int64_t block_size = engine->plan().block_size;
  const DimBindings limits = prompt_limits(static_cast<int64_t>(ids.size()), block_size);
  exec::Session session(
      engine, {.plan = 0, .limits = limits, .num_blocks = limits.at("table_width"), .plant = {}});
  const graph::NamedTensors inputs = prompt_inputs(ids, block_size);
  std::vector<exec::NamedView> views;
  for (const auto& [name, tensor] : inputs) views.push_back({name, tensor.view()});
  session.run(views);
  const TensorView logits = session.output("logits");
  return {logits.as<float>(), logits.as<float>() + logits.num_elements()};
}

// The greatest difference, as a part of the range of the expected values.
double error_of(const std::vector<float>& got, const std::vector<float>& expected) {
  const auto [least, most] = std::minmax_element(expected.begin(), expected.end());
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(double{got[i]} - double{expected[i]}));
  }
  return worst / (double{*most} - double{*least});
}

class GoldenEngine : public ::testing::TestWithParam<fs::path> {
 protected:
  using Expected = std::function<std::vector<float>(const std::vector<int32_t>& ids, int prompt)>;

  void check(const BuildEngineOptions& options, const Expected& expected, double tolerance) {
    build_engine(options);
    const auto engine = exec::load_engine(options.output, {.threads = 2, .isa = {}, .weights = {}});
    EXPECT_FALSE(ids_of(2).empty()) << "at least three prompts";
    for (int prompt = 0; !ids_of(prompt).empty(); ++prompt) {
      const std::vector<int32_t> ids = ids_of(prompt);
      const std::vector<float> wanted = expected(ids, prompt);
      const std::vector<float> got = engine_logits(engine, ids);
      ASSERT_EQ(got.size(), wanted.size());
      EXPECT_LE(error_of(got, wanted), tolerance) << "prompt " << prompt;
    }
  }
  std::vector<int32_t> ids_of(int prompt) const {  // empty behind the last
    return stored.values<int32_t>(cat("token_ids.", prompt));
  }
  Expected interpreted() {
    return [](const std::vector<int32_t>& ids, int) {
      ReferenceModel model(GetParam(), 2);
      const Tensor logits = model.logits(ids);
      const auto values = logits.values<float>();
      return std::vector<float>(values.begin(), values.end());
    };
  }
  Expected golden() {
    return [this](const std::vector<int32_t>&, int prompt) {
      return stored.values<float>(cat("logits.", prompt));
    };
  }
  BuildEngineOptions options(std::string dtype) const {
    return {.checkpoint = GetParam(), .output = dir.path() / "engine", .dtype = std::move(dtype)};
  }
  lathe::testing::TempDir dir;
  Golden stored{GetParam() / "golden.safetensors"};
};

TEST_P(GoldenEngine, Fp32AgreesWithAllFusions) { check(options("fp32"), interpreted(), 1e-5); }

TEST_P(GoldenEngine, Fp32AgreesWithSmallBlocksAndNoFusions) {
  BuildEngineOptions plain = options("fp32");
  plain.block_size = 16;
  for (const builder::Pass* pass : builder::optimize_passes()) {
    plain.skip_passes.emplace_back(pass->name);
  }
  check(plain, interpreted(), 1e-5);
}

// The checkpoint itself is not read again.
TEST_P(GoldenEngine, SelfContainedAgrees) {
  BuildEngineOptions whole = options("fp32");
  whole.self_contained = true;
  check(whole, interpreted(), 1e-5);
}

TEST_P(GoldenEngine, Bf16Agrees) { check(options("bf16"), golden(), 2e-2); }

std::vector<fs::path> checkpoints() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(LATHE_SOURCE_DIR "/tests/data/checkpoints")) {
    if (fs::exists(entry.path() / "golden.safetensors")) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string checkpoint_name(const ::testing::TestParamInfo<fs::path>& info) {
  return info.param.filename().string();
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenEngine, ::testing::ValuesIn(checkpoints()),
                         checkpoint_name);

}  // namespace
}  // namespace lathe::toolchain
