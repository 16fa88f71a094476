// SPDX-License-Identifier: Apache-2.0
// The conformance suite has to fail where a kernel is wrong: kernels with one fault each.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden_run.h"

namespace lathe::kernels {
namespace {

using testing::Arrangement;
using testing::GoldenProblem;

const GoldenProblem& exp_problem() {
  static const std::vector<GoldenProblem> all = testing::golden_problems("unary");
  return *std::find_if(all.begin(), all.end(),
                       [](const GoldenProblem& problem) { return problem.name == "exp"; });
}

Support always(const Problem&, const Target&) { return Support::yes(); }

void right(const KernelArgs& args) {
  NumberReader<float> x(args.inputs[0]);
  NumberWriter<float> y(args.outputs[0]);
  for (int64_t i = 0; i < args.outputs[0].num_elements(); ++i) y.put(std::exp(x.take()));
}
void one_percent_off(const KernelArgs& args) {
  NumberReader<float> x(args.inputs[0]);
  NumberWriter<float> y(args.outputs[0]);
  for (int64_t i = 0; i < args.outputs[0].num_elements(); ++i) y.put(std::exp(x.take()) * 1.01f);
}
void last_missing(const KernelArgs& args) {
  NumberReader<float> x(args.inputs[0]);
  NumberWriter<float> y(args.outputs[0]);
  for (int64_t i = 1; i < args.outputs[0].num_elements(); ++i) y.put(std::exp(x.take()));
}
void one_too_many(const KernelArgs& args) {
  right(args);
  store<float>(args.outputs[0], args.outputs[0].num_elements(), 0.0f);
}
void one_before(const KernelArgs& args) {
  right(args);
  store<float>(args.outputs[0], -1, 0.0f);
}
void in_place(const KernelArgs& args) {
  right(args);
  store<float>(args.inputs[0], 0, 0.0f);
}
void beyond_workspace(const KernelArgs& args) {
  right(args);
  args.workspace.data()[args.workspace.size()] = std::byte{1};
}
void ignores_strides(const KernelArgs& args) {
  for (int64_t i = 0; i < args.outputs[0].num_elements(); ++i) {
    store<float>(args.outputs[0], i, std::exp(load<float>(args.inputs[0], i)));
  }
}

std::string run(void (*function)(const KernelArgs&), DType dtype,
                Arrangement arrangement = Arrangement::kContiguous) {
  ThreadPool pool(1);
  const Kernel kernel{.name = "unary.cpu.fault",
                      .supports = always,
                      .run = function,
                      .workspace_bytes = [](const Problem&) { return Dim(64); }};
  const Problem problem = testing::golden_problem("unary", exp_problem(), dtype);
  const testing::GoldenSetting setting{.dtype = dtype, .arrangement = arrangement, .pool = &pool};
  return testing::GoldenRun(kernel, problem, exp_problem(), setting).go();
}

TEST(ConformanceCatches, NothingInARightKernel) {
  EXPECT_EQ(run(right, DType::kF32), "");
  EXPECT_EQ(run(right, DType::kBf16, Arrangement::kGaps), "");
  EXPECT_EQ(run(ignores_strides, DType::kF32), "");
}

TEST(ConformanceCatches, AnErrorOfOnePercentInEveryDtype) {
  for (const DType dtype : {DType::kF32, DType::kBf16, DType::kF16}) {
    EXPECT_NE(run(one_percent_off, dtype).find("output 0: element "), std::string::npos);
  }
}

TEST(ConformanceCatches, AnElementThatIsNotWritten) {
  EXPECT_NE(run(last_missing, DType::kF32), "");
}

TEST(ConformanceCatches, WritesBesideTheOutput) {
  for (const auto fault : {one_too_many, one_before}) {
    EXPECT_EQ(run(fault, DType::kF32), "output 0: memory outside the view was written");
    EXPECT_NE(run(fault, DType::kF16, Arrangement::kGaps), "");
  }
}

TEST(ConformanceCatches, WritesToAnInput) {
  EXPECT_EQ(run(in_place, DType::kF32), "an input was written");
}

TEST(ConformanceCatches, WritesBeyondTheWorkspace) {
  EXPECT_EQ(run(beyond_workspace, DType::kF32), "memory outside the workspace was written");
}

TEST(ConformanceCatches, StridesThatAreIgnored) {
  EXPECT_NE(run(ignores_strides, DType::kF32, Arrangement::kGaps), "");
  EXPECT_NE(run(ignores_strides, DType::kF32, Arrangement::kReversed), "");
}

}  // namespace
}  // namespace lathe::kernels
