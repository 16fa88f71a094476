// SPDX-License-Identifier: Apache-2.0
// On each class of CPU, every kernel of every op against float64 results made by numpy: in each
// dtype, with 1 and 3 threads, references with strided views too; canaries lie around outputs and
// workspace.
#include <gtest/gtest.h>

#include <filesystem>

#include "lathe/kernels/kernel.h"
#include "tests/support/cpu_class.h"
#include "tests/support/golden_run.h"

namespace lathe::kernels {
namespace {

using testing::Arrangement;
using testing::GoldenProblem;
using testing::GoldenRun;
using testing::GoldenSetting;

struct Subject {
  std::string_view op;
  const Kernel* kernel;
  Target target;
  bool is_reference() const { return kernel->name.ends_with(".ref"); }
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name
void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.kernel->name; }

ThreadPool& pool_of(int threads) {
  static ThreadPool one(1);
  static ThreadPool three(3);
  return threads == 1 ? one : three;
}

// The first failure on a problem in one dtype and arrangement, with 1 and with 3 threads.
std::string failure_of(const Kernel& kernel, const Problem& problem, const GoldenProblem& golden,
                       GoldenSetting setting) {
  std::vector<uint8_t> alone;
  for (const int threads : {1, 3}) {
    setting.pool = &pool_of(threads);
    GoldenRun run(kernel, problem, golden, setting);
    const std::string found = run.go();
    if (!found.empty()) return cat(threads, " threads: ", found);
    if (threads == 1) alone = run.output_bytes();
    if (alone != run.output_bytes()) return "3 threads give other bits than 1";
  }
  return {};
}

class Conformance : public ::testing::TestWithParam<Subject> {
 protected:
  void SetUp() override {
    const std::string missing = testing::missing_class(GetParam().target.isa);
    if (!missing.empty()) GTEST_SKIP() << missing;
  }
  // Runs the kernel on a problem in each dtype and arrangement.
  void check(const GoldenProblem& golden) {
    for (const DType dtype : golden.dtypes) {
      const Problem problem = testing::golden_problem(GetParam().op, golden, dtype);
      ASSERT_EQ(problem.op.infer(problem.inputs), problem.outputs) << golden.name;
      if (!GetParam().kernel->supports(problem, GetParam().target).ok) continue;
      supported = true;
      check(golden, problem, {.dtype = dtype});
      if (!GetParam().is_reference()) continue;
      check(golden, problem, {.dtype = dtype, .arrangement = Arrangement::kGaps});
      check(golden, problem, {.dtype = dtype, .arrangement = Arrangement::kReversed});
    }
  }
  void check(const GoldenProblem& golden, const Problem& problem, const GoldenSetting& setting) {
    const std::string where = cat(GetParam().kernel->name, " on ", golden.name, " in ",
                                  to_string(setting.dtype), ", ", to_string(setting.arrangement));
    const std::string failure = with_context(
        where, [&] { return failure_of(*GetParam().kernel, problem, golden, setting); });
    EXPECT_EQ(failure, "") << where;
  }

  bool supported = false;
};

TEST_P(Conformance, GivesTheGoldenResults) {
  for (const GoldenProblem& golden : testing::golden_problems(GetParam().op)) check(golden);
  EXPECT_TRUE(supported) << "supports none of the problems: add some that it does";
}

// What a CPU of the class can run.
std::vector<Subject> subjects(CpuIsa isa) {
  std::vector<Subject> out;
  for (const ops::OpDef* def : ops::all_ops()) {
    for (const Kernel* kernel : kernels_for(def->info.name)) {
      if (kernel->run == nullptr || testing::least_class(*kernel) > isa) continue;
      out.push_back({def->info.name, kernel, {.device = DeviceKind::kCpu, .isa = isa}});
    }
  }
  return out;
}

std::string test_name(const ::testing::TestParamInfo<Subject>& info) {
  std::string name(info.param.kernel->name);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(avx2, Conformance, ::testing::ValuesIn(subjects(CpuIsa::kAvx2)),
                         test_name);
INSTANTIATE_TEST_SUITE_P(avx512, Conformance, ::testing::ValuesIn(subjects(CpuIsa::kAvx512)),
                         test_name);
INSTANTIATE_TEST_SUITE_P(vnni, Conformance, ::testing::ValuesIn(subjects(CpuIsa::kVnni)),
                         test_name);

class EveryOp : public ::testing::TestWithParam<const ops::OpDef*> {};

TEST_P(EveryOp, HasProblemsAndAReferenceThatClosesItsList) {
  const std::string_view op = GetParam()->info.name;
  EXPECT_GE(testing::golden_problems(op).size(), 20u) << "add some in tools/golden/ops";
  ASSERT_FALSE(kernels_for(op).empty()) << "add lathe/kernels/" << op;
  EXPECT_EQ(reference_kernel(op).name, cat(op, ".cpu.ref"));
  const std::string source = cat(LATHE_SOURCE_DIR "/", reference_source(op));
  EXPECT_TRUE(std::filesystem::exists(source)) << source;
  EXPECT_NE(read_file(source).find(cat('"', op, ".cpu.ref\"")), std::string::npos) << source;
}

TEST_P(EveryOp, KernelsAreNamedAfterItAndOnce) {
  const std::string_view op = GetParam()->info.name;
  for (const Kernel* kernel : kernels_for(op)) {
    EXPECT_TRUE(kernel->name.starts_with(cat(op, "."))) << kernel->name;
    EXPECT_EQ(find_kernel(kernel->name), kernel) << kernel->name << " is the name of two kernels";
    if (kernel->layout == nullptr) continue;
    EXPECT_EQ(find_layout(kernel->layout->id), kernel->layout);
  }
}

// A name says the class, and so which kernels a class is tested on.
TEST_P(EveryOp, KernelsRefuseClassesBelowTheirName) {
  const std::string_view op = GetParam()->info.name;
  for (const GoldenProblem& golden : testing::golden_problems(op)) {
    const Problem problem = testing::golden_problem(op, golden, golden.dtypes[0]);
    for (const Kernel* kernel : kernels_for(op)) {
      for (const CpuIsa isa : enum_values(CpuIsa{})) {
        if (isa >= testing::least_class(*kernel)) continue;
        const Support support = kernel->supports(problem, {.isa = isa});
        EXPECT_FALSE(support.ok) << kernel->name << " on " << to_string(isa);
        EXPECT_NE(support.why_not, "") << kernel->name << " on " << to_string(isa);
      }
    }
  }
}

std::string op_name(const ::testing::TestParamInfo<const ops::OpDef*>& info) {
  return std::string(info.param->info.name);
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp,
                         ::testing::ValuesIn(ops::all_ops().begin(), ops::all_ops().end()),
                         op_name);

}  // namespace
}  // namespace lathe::kernels
