// SPDX-License-Identifier: Apache-2.0
// Every checkpoint built into an engine, on each class of CPU: against the goldens, against the
// interpreter, and against itself with the tokens split into steps in other ways, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "lathe/toolchain/reference_model.h"
#include "tests/model/engine_model.h"
#include "tests/model/golden.h"
#include "tests/support/cpu_class.h"

namespace lathe::testing {
namespace {

constexpr double kBf16Tolerance = 2e-2;

struct Subject {
  kernels::CpuIsa isa;
  std::string checkpoint;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name
void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.checkpoint; }

std::vector<Subject> subjects(kernels::CpuIsa isa) {
  std::vector<Subject> out;
  for (const std::string& name : checkpoint_names()) out.push_back({isa, name});
  return out;
}

class Engine : public ::testing::TestWithParam<Subject> {
 protected:
  void SetUp() override {
    const std::string missing = missing_class(isa);
    if (!missing.empty()) GTEST_SKIP() << missing;
  }

  kernels::CpuIsa isa = GetParam().isa;
  std::filesystem::path folder = checkpoint_folder(GetParam().checkpoint);
  Golden golden = read_golden(GetParam().checkpoint);

  EngineModel built(std::optional<DType> weights, int64_t block_size = 64) const {
    return EngineModel(folder, {.weight_dtype = weights, .block_size = block_size, .isa = isa});
  }
  EngineModel f32(int64_t block_size = 64) const { return built(DType::kF32, block_size); }
  EngineModel bf16() const { return built(DType::kBf16); }
  double greatest_error(EngineModel engine) const {
    double error = 0;
    for (size_t i = 0; i < golden.prompts.size(); ++i) {
      error = std::max(error, relative_error(engine.logits(golden.prompts[i]), golden.logits[i]));
    }
    return error;
  }
};

TEST_P(Engine, F32MatchesTheGoldens) {
  EXPECT_LE(greatest_error(f32(16)), kF32Tolerance);
  EXPECT_LE(greatest_error(f32(64)), kF32Tolerance);
}

TEST_P(Engine, Bf16MatchesTheGoldens) { EXPECT_LE(greatest_error(bf16()), kBf16Tolerance); }

TEST_P(Engine, AsStoredMatchesTheInterpreter) {
  toolchain::ReferenceModel interpreter(folder, 2);
  EngineModel stored = built(std::nullopt);
  for (const std::vector<int32_t>& prompt : golden.prompts) {
    EXPECT_LE(relative_error(stored.logits(prompt), interpreter.logits(prompt)), kF32Tolerance);
  }
}

// The names of all kernels that steps run on.
std::vector<std::string> kernels_of(const EngineModel& model) {
  std::vector<std::string> out;
  for (const engine::PlanStep& step : model.plan().steps) {
    for (const engine::KernelChoice& choice : step.kernels[model.target()].choices) {
      out.push_back(choice.kernel);
    }
  }
  return out;
}

TEST_P(Engine, EveryStepRunsOnAFastKernelOfItsClass) {
  for (const DType dtype : {DType::kF32, DType::kBf16}) {
    const EngineModel model = built(dtype);
    EXPECT_EQ(model.plan().targets[model.target()].isa, isa);
    for (const std::string& kernel : kernels_of(model)) {
      EXPECT_FALSE(kernel.ends_with(".ref")) << kernel;
      EXPECT_LE(least_class(*kernels::find_kernel(kernel)), isa) << kernel;
    }
  }
}

// Rows of logits, compared as bits.
::testing::AssertionResult same_bits(const Tensor& actual, int64_t actual_row,
                                     const Tensor& expected, int64_t expected_row) {
  const auto vocab = static_cast<size_t>(expected.size(1));
  const float* got = actual.values<float>().data() + static_cast<size_t>(actual_row) * vocab;
  const float* wanted = expected.values<float>().data() + static_cast<size_t>(expected_row) * vocab;
  if (std::memcmp(got, wanted, vocab * sizeof(float)) == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "position " << expected_row;
}

// A prompt in steps of `size` tokens gives the logits of one step.
void expect_same_in_chunks(EngineModel& engine, std::span<const int32_t> ids, int64_t size) {
  const Tensor whole = engine.logits(ids);
  const auto tokens = static_cast<int64_t>(ids.size());
  for (int64_t begin = 0; begin < tokens; begin += size) {
    const SequencePart chunk{.ids = ids,
                             .begin = begin,
                             .end = std::min(begin + size, tokens),
                             .blocks = engine.first_blocks(tokens)};
    const Tensor logits = engine.run({&chunk, 1});
    for (int64_t row = 0; row < chunk.end - begin; ++row) {
      ASSERT_TRUE(same_bits(logits, row, whole, begin + row)) << "chunks of " << size;
    }
  }
}

TEST_P(Engine, ChunksAndDecodingChangeNoBit) {
  for (const int64_t block_size : {16, 64}) {
    EngineModel engine = f32(block_size);
    for (const std::vector<int32_t>& prompt : golden.prompts) {
      expect_same_in_chunks(engine, prompt, 7);
      expect_same_in_chunks(engine, prompt, 1);
    }
  }
}

TEST_P(Engine, BlockSizesChangeNoBit) {
  EngineModel small = f32(16), large = f32(64);
  const std::vector<int32_t>& prompt = golden.prompts[2];
  const Tensor expected = large.logits(prompt), logits = small.logits(prompt);
  for (int64_t row = 0; row < expected.size(0); ++row) {
    ASSERT_TRUE(same_bits(logits, row, expected, row));
  }
}

// One sequence of a mixed batch: `context` tokens come in chunks, the rest one a step.
struct Mixed {
  std::vector<int32_t> ids;
  int64_t context = 0;
  std::vector<int32_t> blocks;
  int64_t done = 0;
};

// Three contexts and five sequences that generate, over blocks in shuffled order.
std::vector<Mixed> mixed_batch(const std::vector<int32_t>& prompt, int64_t block_size) {
  std::vector<int32_t> free(EngineModel::kNumBlocks);
  std::iota(free.begin(), free.end(), 0);
  std::shuffle(free.begin(), free.end(), std::mt19937(7));
  std::vector<Mixed> batch;
  for (const auto& [length, generated] :
       {std::pair(60, 0), {29, 0}, {3, 0}, {50, 9}, {33, 12}, {20, 20}, {18, 5}, {2, 1}}) {
    const auto first = prompt.begin() + static_cast<std::ptrdiff_t>(batch.size());
    Mixed one{.ids = {first, first + length}, .context = length - generated, .blocks = {}};
    for (int64_t held = 0; held < length; held += block_size) {
      one.blocks.push_back(free.back());
      free.pop_back();
    }
    batch.push_back(std::move(one));
  }
  return batch;
}

// The next tokens of every sequence that has some left: up to 13 of its context, or one.
std::vector<SequencePart> next_step(std::vector<Mixed>& batch) {
  std::vector<SequencePart> parts;
  for (Mixed& one : batch) {
    const auto tokens = static_cast<int64_t>(one.ids.size());
    if (one.done == tokens) continue;
    const int64_t end =
        one.done < one.context ? std::min(one.done + 13, one.context) : one.done + 1;
    parts.push_back({.ids = one.ids, .begin = one.done, .end = end, .blocks = one.blocks});
    one.done = end;
  }
  std::rotate(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(parts.size() / 2),
              parts.end());
  return parts;
}

void expect_mixed_changes_no_bit(EngineModel& engine, const std::vector<int32_t>& prompt) {
  std::vector<Mixed> batch = mixed_batch(prompt, engine.block_size());
  std::map<const int32_t*, Tensor> alone;
  for (const Mixed& one : batch) alone[one.ids.data()] = engine.logits(one.ids);
  for (auto parts = next_step(batch); !parts.empty(); parts = next_step(batch)) {
    const Tensor logits = engine.run(parts);
    int64_t row = 0;
    for (const SequencePart& part : parts) {
      for (int64_t position = part.begin; position < part.end; ++position, ++row) {
        ASSERT_TRUE(same_bits(logits, row, alone.at(part.ids.data()), position));
      }
    }
  }
}

TEST_P(Engine, MixedBatchesChangeNoBit) {
  for (const int64_t block_size : {16, 64}) {
    EngineModel engine = f32(block_size);
    expect_mixed_changes_no_bit(engine, golden.prompts[2]);
  }
}

// What is summed goes by the op alone (kernels/README.md), whatever instructions do it.
TEST_P(Engine, ClassesChangeNoBit) {
  const EngineModelOptions least{.weight_dtype = DType::kF32, .isa = kernels::CpuIsa::kAvx2};
  EngineModel expected(folder, least), found = f32();
  for (const std::vector<int32_t>& prompt : golden.prompts) {
    const Tensor wanted = expected.logits(prompt), logits = found.logits(prompt);
    for (int64_t row = 0; row < wanted.size(0); ++row) {
      ASSERT_TRUE(same_bits(logits, row, wanted, row));
    }
  }
}

std::string subject_name(const ::testing::TestParamInfo<Subject>& info) {
  return info.param.checkpoint;
}

using enum kernels::CpuIsa;
INSTANTIATE_TEST_SUITE_P(avx2, Engine, ::testing::ValuesIn(subjects(kAvx2)), subject_name);
INSTANTIATE_TEST_SUITE_P(avx512, Engine, ::testing::ValuesIn(subjects(kAvx512)), subject_name);
INSTANTIATE_TEST_SUITE_P(vnni, Engine, ::testing::ValuesIn(subjects(kVnni)), subject_name);

}  // namespace
}  // namespace lathe::testing
