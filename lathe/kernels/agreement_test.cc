// SPDX-License-Identifier: Apache-2.0
// What kernels/README.md promises of the bits: all kernels of an op that ship for a CPU agree, and
// rows that are computed a few at a time are the rows of the whole.
#include <gtest/gtest.h>

#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/matmul.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/quantize.h"
#include "lathe/ops/reduce.h"
#include "lathe/ops/rope.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using testing::call_kernel;
using testing::cpu_kernels;
using testing::Draws;
using testing::pool_with;

// Kernels that this machine runs on the problem, but for the reference.
std::vector<const Kernel*> shipped(const Problem& problem) {
  std::vector<const Kernel*> out = cpu_kernels(problem);
  std::erase_if(out, [](const Kernel* kernel) { return kernel->name.ends_with(".ref"); });
  return out;
}

class EveryOpOnACpu : public ::testing::TestWithParam<const ops::OpDef*> {};

TEST_P(EveryOpOnACpu, HasKernelsThatAgreeBitForBit) {
  for (const testing::GoldenProblem& golden : testing::golden_problems(GetParam()->info.name)) {
    for (const DType dtype : golden.dtypes) {
      const Problem problem = testing::golden_problem(GetParam()->info.name, golden, dtype);
      std::vector<uint8_t> first;
      for (const Kernel* kernel : shipped(problem)) {
        const testing::GoldenSetting setting{.dtype = dtype, .pool = &pool_with(3)};
        testing::GoldenRun run(*kernel, problem, golden, setting);
        ASSERT_EQ(run.go(), "") << kernel->name << " on " << golden.name;
        if (first.empty()) first = run.output_bytes();
        EXPECT_EQ(run.output_bytes(), first) << kernel->name << " on " << golden.name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOpOnACpu,
                         ::testing::ValuesIn(ops::all_ops().begin(), ops::all_ops().end()),
                         [](const auto& each) { return std::string(each.param->info.name); });

// An op whose operands named in `rows` have a row a token; the others are the same for all.
struct RowWise {
  std::string_view what;
  ops::Op op;
  std::vector<Tensor> inputs;
  std::vector<size_t> rows;
};

constexpr int64_t kRows = 13;

std::vector<RowWise> row_wise() {
  Draws draws(11);
  const Tensor x = draws.normal({kRows, 70}), wide = draws.normal({kRows, 128});
  const Tensor weight = draws.normal({70}), bias = draws.normal({70});
  const Tensor heads = draws.normal({kRows, 3, 32});
  const Tensor positions = draws.integers(DType::kI32, {kRows}, 0, 4000);
  const Tensor ids = draws.integers(DType::kI32, {kRows}, 0, 40);
  return {
      {"rms_norm", ops::RmsNorm{}, {x, weight}, {0}},
      {"rms_norm with a residual",
       ops::RmsNorm{.residual = true},
       {x, draws.normal({kRows, 70}), weight},
       {0, 1}},
      {"rms_norm in codes", ops::RmsNorm{.quantize_block = 32}, {wide, draws.normal({128})}, {0}},
      {"layer_norm", ops::LayerNorm{}, {x, weight, bias}, {0}},
      {"softmax", ops::Softmax{.axis = -1}, {x}, {0}},
      {"sums", ops::Reduce{.kind = ops::ReduceKind::kSum, .axes = {-1}}, {x}, {0}},
      {"means", ops::Reduce{.kind = ops::ReduceKind::kMean, .axes = {-1}}, {wide}, {0}},
      {"gated_activation", ops::GatedActivation{}, {x}, {0}},
      {"quantize", ops::Quantize{}, {wide}, {0}},
      {"rope", ops::Rope{.rotary_dims = 32}, {heads, positions}, {0, 1}},
      {"embedding",
       ops::Embedding{.format = {}, .dtype = DType::kF32},
       {ids, draws.normal({41, 70})},
       {0}},
      {"matmul", ops::MatMul{}, {x, draws.normal({70, 33})}, {0}},
  };
}

Tensor rows_of(const Tensor& tensor, int64_t first, int64_t count) {
  std::vector<int64_t> sizes = tensor.sizes();
  const int64_t row_bytes = tensor.num_bytes() / sizes[0];
  sizes[0] = count;
  Tensor out(tensor.dtype(), std::move(sizes));
  std::copy_n(static_cast<const std::byte*>(tensor.data()) + first * row_bytes, out.num_bytes(),
              static_cast<std::byte*>(out.data()));
  return out;
}

// The op on `count` rows from `first` on.
std::vector<Tensor> run_rows(const Kernel& kernel, const RowWise& one, int64_t first,
                             int64_t count) {
  std::vector<Tensor> inputs = one.inputs;
  for (const size_t operand : one.rows) inputs[operand] = rows_of(inputs[operand], first, count);
  return call_kernel(kernel, testing::problem_of(one.op, inputs), inputs, pool_with(3));
}

TEST(RowWise, RowsAFewAtATimeAreTheRowsOfTheWhole) {
  for (const RowWise& one : row_wise()) {
    for (const Kernel* kernel : cpu_kernels(testing::problem_of(one.op, one.inputs))) {
      const std::vector<Tensor> whole = run_rows(*kernel, one, 0, kRows);
      for (const int64_t count : {1, 2, 5}) {
        for (int64_t first = 0; first + count <= kRows; first += count) {
          const std::vector<Tensor> part = run_rows(*kernel, one, first, count);
          for (size_t i = 0; i < whole.size(); ++i) {
            ASSERT_TRUE(testing::same_bits(part[i], rows_of(whole[i], first, count)))
                << one.what << " by " << kernel->name << ": " << count << " rows from " << first;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace lathe::kernels
