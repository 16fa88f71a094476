// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "lathe/kernels/bench/figures.h"
#include "lathe/kernels/bench/operands.h"
#include "lathe/kernels/bench/read_probe.h"
#include "lathe/kernels/bench/step_operands.h"

namespace lathe::kernels {
namespace {

std::vector<std::string> problem_files() {
  std::vector<std::string> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(LATHE_SOURCE_DIR "/bench/problems")) {
    if (entry.path().extension() == ".txt") out.push_back(entry.path().string());
  }
  return out;
}

TEST(ProblemFile, EveryOneIsReadAndHasAKernel) {
  ASSERT_FALSE(problem_files().empty());
  const Target target{.device = DeviceKind::kCpu, .isa = CpuIsa::kAvx2};
  for (const std::string& path : problem_files()) {
    const std::vector<BenchProblem> problems = read_problems(path);
    EXPECT_FALSE(problems.empty()) << path;
    for (const BenchProblem& problem : problems) {
      const auto kernels = kernels_for(problem.problem.op.name());
      const bool fast = std::any_of(kernels.begin(), kernels.end(), [&](const Kernel* kernel) {
        return !kernel->name.ends_with(".ref") && kernel->supports(problem.problem, target).ok;
      });
      EXPECT_TRUE(fast) << path << ": " << problem.text;
      EXPECT_GT(cost_of(problem.problem, problem.step).bytes, 0) << problem.text;
    }
  }
}

std::string error_of(std::string_view line) {
  try {
    parse_problems("rms_norm", line, "file");
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(ProblemFile, NamesTheLineAndWhatIsWrong) {
  EXPECT_EQ(error_of("\n\ntokens=1 | {}"),
            "file:3: expected \"step | attributes | inputs\", got 'tokens=1 | {}'");
  EXPECT_NE(error_of("tokens=x | {} | f32[2], f32[2]").find("expected a count"), std::string::npos);
  EXPECT_NE(error_of("rows=1 | {} | f32[2], f32[2]").find("got 'rows'"), std::string::npos);
  EXPECT_NE(error_of("tokens=1 | {} | f32[2], f32[3]").find("weight"), std::string::npos);
  EXPECT_EQ(error_of("# nothing\n"), "");
}

TEST(StepOperands, FitEachOther) {
  const BenchStep step{.tokens = 7, .sequences = 3, .context = 60};
  int32_t begins[4], lengths[3], positions[7];
  const int64_t sizes[] = {4, 3, 7};
  const auto fill = [&](std::string_view name, int32_t* out, int axis) {
    fill_step_operand(name, step, 0,
                      TensorView::contiguous(out, DType::kI32, std::span(&sizes[axis], 1)));
  };
  fill("cu_q_lengths", begins, 0);
  fill("kv_lengths", lengths, 1);
  fill("positions", positions, 2);
  EXPECT_EQ(begins[0], 0);
  EXPECT_EQ(begins[3], 7);
  for (int sequence = 0; sequence < 3; ++sequence) {
    const int tokens = begins[sequence + 1] - begins[sequence];
    EXPECT_EQ(lengths[sequence], 60 + tokens);
    EXPECT_LE(lengths[sequence], step.kv_length());
    for (int i = 0; i < tokens; ++i) EXPECT_EQ(positions[begins[sequence] + i], 60 + i);
  }
}

TEST(Cost, CountsTheProductsAndTheCache) {
  const auto problems = parse_problems(
      "paged_attention",
      "tokens=2 context=8 | {} | f32[tokens, 4, 16], state[2, 16], i32[sequences+1], "
      "i32[sequences], i32[sequences, table_width]",
      "file");
  const Cost cost = cost_of(problems[0].problem, problems[0].step);
  EXPECT_EQ(cost.flops, 4.0 * 16 * 4 * (9 + 10));
  const double cache = 2.0 * 2 * 16 * 4 * 10;
  const double rows = 2 * (2.0 * 4 * 16 * 4);
  EXPECT_EQ(cost.bytes, cache + rows + 4 * (2 + 1 + 1));
}

TEST(TimeKernel, CallsTheKernelAsOftenAsAsked) {
  static int calls = 0;
  const Kernel kernel{.name = "rms_norm.cpu.counted",
                      .supports = [](const Problem&, const Target&) { return Support::yes(); },
                      .run = [](const KernelArgs&) { ++calls; }};
  ThreadPool pool(1);
  const auto problems = parse_problems("rms_norm", "tokens=3 | {} | f32[tokens, 32], f32[32]", "");
  calls = 0;
  const KernelTime time = time_kernel(kernel, problems[0].problem, problems[0].step, pool,
                                      {.least_seconds = 0, .least_calls = 4, .cold_bytes = 3000});
  EXPECT_EQ(time.operand_bytes, 3 * 32 * 4 * 2 + 32 * 4);
  EXPECT_EQ(time.calls, 4);
  EXPECT_EQ(calls, 4 + 3000 / 896 + 1);  // and once a set to warm up
  EXPECT_GE(time.seconds, time.fastest);
}

// Others take both cores for `noisy_looks` looks at the clock.
int noisy_looks;
CoreUse fake_now() {
  static CoreUse now{.cores = 2};
  now.wall += 1;
  now.busy += noisy_looks-- > 0 ? 2 : 0;
  return now;
}

TEST(KernelBench, MeasuresAgainWhatOthersDisturbed) {
  ThreadPool pool(1);
  QuietRounds rounds({.who = "test", .most_discarded = 2, .now = fake_now});
  KernelBench bench(CpuIsa::kAvx2, pool, rounds);
  const BenchProblem problem =
      parse_problems("rms_norm", "tokens=3 | {} | f32[tokens, 32], f32[32]", "").front();
  const Kernel& kernel = reference_kernel("rms_norm");
  noisy_looks = 1000;
  EXPECT_TRUE(bench.measure(kernel, problem).contended);
  EXPECT_EQ(rounds.discarded(), 4) << "two of the kernel, two of the read rate";
  EXPECT_EQ(rounds.contended(), 2);
  noisy_looks = 3;  // the end of the kernel's first round, and its second
  EXPECT_FALSE(bench.measure(kernel, problem).contended) << "the read rate is not kept";
  EXPECT_EQ(rounds.discarded(), 5);
  noisy_looks = 0;
  EXPECT_FALSE(bench.measure(kernel, problem).contended);
  EXPECT_EQ(rounds.discarded(), 5);
}

TEST(Ceilings, AReadReadsEveryLineOfItsChunk) {
  std::vector<uint64_t> memory((kSmallestReadChunk + 64) / 8);
  const size_t first = (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) / 8;
  for (const ReadPattern& pattern : kReadPatterns) {
    if (pattern.chunk_bytes > kSmallestReadChunk) continue;
    for (int64_t line = 0; line < pattern.chunk_bytes / 64; ++line) {
      uint64_t& word = memory[first + static_cast<size_t>(line) * 8 + line % 8];
      word = 7;
      EXPECT_EQ(read_chunk(reinterpret_cast<std::byte*>(&memory[first]), pattern), 7u) << line;
      word = 0;
    }
  }
}

TEST(Ceilings, AreOfAPlausibleSize) {
  ThreadPool pool(1);
  const double read = measure_read_rate(1 << 20, pool);
  EXPECT_GT(read, 1e8);
  float sink = 0;
  EXPECT_EQ(fma_probe_avx2(10, sink), 10 * 5 * 16 * 2.0);
  EXPECT_TRUE(std::isfinite(sink));
}

}  // namespace
}  // namespace lathe::kernels
