// SPDX-License-Identifier: Apache-2.0
// SmolLM2-135M-Instruct from its GGUF file against llama.cpp, teacher-forced along 20 prompts of 64
// tokens (tests/data/smollm2). Skipped where the file is not in the cache; `make test` fetches it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "tests/model/engine_model.h"
#include "tests/model/golden.h"
#include "tests/model/reference_model.h"
#include "tests/support/cpu_class.h"

namespace lathe::testing {
namespace {

constexpr size_t kPrompts = 20;
constexpr size_t kTop = 8;  // candidates that the golden holds a position
// Below this margin between llama.cpp's two likeliest tokens their order says nothing.
constexpr float kSureMargin = 0.5f;

std::filesystem::path smollm2_path() {
  const char* cache = std::getenv("LATHE_CACHE");
  const char* home = std::getenv("HOME");
  const std::filesystem::path folder =
      cache != nullptr ? std::filesystem::path(cache)
                       : std::filesystem::path(home == nullptr ? "/" : home) / ".cache/lathe";
  return folder / "smollm2-135m-instruct.gguf";
}

// How our logits stand to one of the golden's two sets.
struct Agreement {
  int sure = 0;     // positions where llama.cpp is
  int differ = 0;   // of these, where our likeliest token is another
  int astray = 0;   // of these, where it is not the one of llama.cpp's unrounded logits either
  double most = 0;  // the greatest distance of a logit
  double squares = 0;
  int logits = 0;
  double rms() const { return std::sqrt(squares / logits); }
  void print(std::string_view what) const {
    std::cout << what << " against llama.cpp: " << differ << " of " << sure
              << " sure positions differ, " << astray << " of them from its f32 too; logits lie "
              << rms() << " apart (RMS), " << most << " at most\n";
  }
};

class SmolLm2 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::filesystem::exists(smollm2_path())) return;
    GTEST_SKIP() << smollm2_path() << " is missing; tools/fetch_smollm2.sh fetches it";
  }

  std::span<const int32_t> ids(size_t prompt) const {
    return golden_.at(cat("token_ids.", prompt)).values<int32_t>();
  }
  // `set`: "top" or "exact".
  void compare(const Tensor& logits, std::string_view set, size_t prompt, Agreement& out) const {
    const auto vocab = static_cast<size_t>(logits.size(1));
    const auto top_ids = golden_.at(cat(set, "_ids.", prompt)).values<int32_t>();
    const auto top_logits = golden_.at(cat(set, "_logits.", prompt)).values<float>();
    const auto exact_ids = golden_.at(cat("exact_ids.", prompt)).values<int32_t>();
    for (size_t i = 0; i < static_cast<size_t>(logits.size(0)); ++i) {
      compare_position(logits.values<float>().subspan(i * vocab, vocab),
                       {.ids = top_ids.subspan(i * kTop, kTop),
                        .logits = top_logits.subspan(i * kTop, kTop),
                        .exact = exact_ids[i * kTop]},
                       out);
    }
  }
  Agreement compare_engine(EngineModel engine, std::string_view set) const {
    Agreement agreement;
    for (size_t prompt = 0; prompt < kPrompts; ++prompt) {
      compare(engine.logits(ids(prompt)), set, prompt, agreement);
    }
    return agreement;
  }

 private:
  // What llama.cpp says of a position.
  struct Expected {
    std::span<const int32_t> ids;  // likeliest first
    std::span<const float> logits;
    int32_t exact;  // the likeliest where nothing is rounded
  };
  static void compare_position(std::span<const float> logits, const Expected& expected,
                               Agreement& out) {
    const auto likeliest = std::ranges::max_element(logits) - logits.begin();
    if (expected.logits[0] - expected.logits[1] > kSureMargin) {
      ++out.sure;
      if (likeliest != expected.ids[0]) ++out.differ;
      if (likeliest != expected.ids[0] && likeliest != expected.exact) ++out.astray;
    }
    for (size_t i = 0; i < kTop; ++i) {
      const double distance = logits[static_cast<size_t>(expected.ids[i])] - expected.logits[i];
      out.most = std::max(out.most, std::abs(distance));
      out.squares += distance * distance;
      ++out.logits;
    }
  }

  std::map<std::string, Tensor, std::less<>> golden_ = read_tensors(
      std::filesystem::path(LATHE_SOURCE_DIR) / "tests/data/smollm2/golden.safetensors");
};

// The network unbuilt, weights widened.
TEST_F(SmolLm2, InterpreterIsExact) {
  ReferenceModel interpreter(weights::open_checkpoint(smollm2_path()));
  Agreement agreement;
  compare(interpreter.logits(ids(0).first(16)), "exact", 0, agreement);
  agreement.print("Interpreter");
  EXPECT_GT(agreement.sure, 8);
  EXPECT_EQ(agreement.differ, 0);
  EXPECT_LT(agreement.most, 1e-2);
}

TEST_F(SmolLm2, F32EngineIsExact) {
  const EngineModelOptions f32{.weight_dtype = DType::kF32};
  const Agreement agreement = compare_engine(EngineModel(smollm2_path(), f32), "exact");
  agreement.print("Engine in f32");
  EXPECT_GT(agreement.sure, 500);
  EXPECT_EQ(agreement.differ, 0);
  EXPECT_LT(agreement.most, 1e-2);
}

class SmolLm2OnClass : public SmolLm2, public ::testing::WithParamInterface<kernels::CpuIsa> {
 protected:
  void SetUp() override {
    const std::string missing = missing_class(GetParam());
    if (!missing.empty()) GTEST_SKIP() << missing;
    SmolLm2::SetUp();
  }
};

// Both round activations to 8 bits, each after sums in an order of its own: a code that falls the
// other way is a whole step, so that the two lie apart like llama.cpp from its own f32.
TEST_P(SmolLm2OnClass, EngineAsStoredIsAsNearAsRoundingLets) {
  const EngineModelOptions stored{.isa = GetParam()};
  const Agreement agreement = compare_engine(EngineModel(smollm2_path(), stored), "top");
  agreement.print("Engine as stored");
  EXPECT_GT(agreement.sure, 500);
  EXPECT_EQ(agreement.astray, 0);
  EXPECT_LE(agreement.differ, 3);
  EXPECT_LT(agreement.rms(), 0.35);
}

using enum kernels::CpuIsa;
INSTANTIATE_TEST_SUITE_P(avx2, SmolLm2OnClass, ::testing::Values(kAvx2));
INSTANTIATE_TEST_SUITE_P(avx512, SmolLm2OnClass, ::testing::Values(kAvx512));
INSTANTIATE_TEST_SUITE_P(vnni, SmolLm2OnClass, ::testing::Values(kVnni));

}  // namespace
}  // namespace lathe::testing
