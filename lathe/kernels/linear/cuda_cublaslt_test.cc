// SPDX-License-Identifier: Apache-2.0
// The recipes around a product of cuBLASLt: what is multiplied, where it lies, and what stands
// before and behind it.
#include "lathe/kernels/linear/cuda_cublaslt.h"

#include <gtest/gtest.h>

#include "tests/support/text_problem.h"

namespace lathe::kernels {
namespace {

using cuda::Matmul;
using testing::text_problem;

constexpr Target kH100 = {DeviceKind::kCuda, CpuIsa::kAvx2, 90};
constexpr uintptr_t kWorkspace = uintptr_t{99} << 32;

void* address(uintptr_t number) {
  return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr)
}
uintptr_t number(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

ops::Linear half_linear() {
  ops::Linear op;
  op.format.code_dtype = DType::kBf16;
  return op;
}

// Operand i at address (i + 1) << 32, results at 50 << 32.
std::vector<DeviceWork> work_of(std::string_view kernel, const Problem& problem, int64_t tokens) {
  std::vector<TensorView> inputs;
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const TensorType& type = problem.inputs[i];
    inputs.push_back(TensorView::contiguous(address((i + 1) << 32), type.dtype,
                                            type.shape.evaluate({{"tokens", tokens}})));
  }
  const TensorView outputs[] = {
      TensorView::contiguous(address(uintptr_t{50} << 32), problem.outputs[0].dtype,
                             problem.outputs[0].shape.evaluate({{"tokens", tokens}}))};
  return find_kernel(kernel)->cuda->launches({.op = problem.op,
                                              .inputs = inputs,
                                              .outputs = outputs,
                                              .workspace = address(kWorkspace),
                                              .num_processors = 132});
}

std::string_view entry_of(const DeviceWork& work) {
  const auto* launch = std::get_if<Launch>(&work);
  return launch == nullptr ? "product" : launch->entry;
}
std::vector<std::string_view> entries_of(const std::vector<DeviceWork>& all) {
  std::vector<std::string_view> out;
  out.reserve(all.size());
  for (const DeviceWork& work : all) out.push_back(entry_of(work));
  return out;
}
using Entries = std::vector<std::string_view>;

TEST(CublasLtLinear, AddsBiasAndResidualInTheProduct) {
  ops::Linear op = half_linear();
  op.bias = op.residual = true;
  const Problem problem =
      text_problem(op, "bf16[tokens,200] bf16[136,200] bf16[136] bf16[tokens,136]");
  const std::vector<DeviceWork> work = work_of("linear.cuda.cublaslt", problem, 300);
  ASSERT_EQ(entries_of(work), (Entries{"unpack_weight", "product"}));
  // 136 rows are 9 groups of 16, 200 columns 4 chunks of 64: 36 chunks, 8 a block.
  EXPECT_EQ(std::get<Launch>(work[0]).config.grid, cuda::Dim3{5});
  const int64_t rows_bytes = int64_t{9} * 16 * 256 * 2;
  const Matmul expected{.m = 300,
                        .n = 136,
                        .k = 200,
                        .a = address(uintptr_t{1} << 32),
                        .b = address(kWorkspace),
                        .b_stride = 256,
                        .bias = address(uintptr_t{3} << 32),
                        .c = address(uintptr_t{4} << 32),
                        .d = address(uintptr_t{50} << 32),
                        .workspace = address(kWorkspace + rows_bytes)};
  EXPECT_EQ(std::get<Matmul>(work[1]), expected);
  EXPECT_EQ(find_kernel("linear.cuda.cublaslt")->workspace_bytes(problem).value(),
            rows_bytes + cuda::kMatmulWorkspaceBytes);
}

TEST(CublasLtLinear, FinishesInPiecesWhatTheLibraryCannot) {
  ops::Linear op = half_linear();
  op.gated = op.residual = true;
  op.activation = ops::UnaryKind::kSilu;
  const Problem problem = text_problem(op, "bf16[tokens,64] bf16[80,64] bf16[tokens,40]");
  const std::vector<DeviceWork> work = work_of("linear.cuda.cublaslt.gated", problem, 5000);
  ASSERT_EQ(entries_of(work), (Entries{"unpack_weight", "product", "finish_product", "product",
                                       "finish_product", "product", "finish_product"}));
  const auto products = kWorkspace + uintptr_t{80} * 64 * 2 + cuda::kMatmulWorkspaceBytes;
  int64_t first = 0;
  for (size_t i = 1; i < work.size(); i += 2) {
    const auto& product = std::get<Matmul>(work[i]);
    EXPECT_EQ(product.m, std::min<int64_t>(2048, 5000 - first));
    EXPECT_EQ(product.n, 80) << "gate and what it meets, side by side";
    EXPECT_EQ(product.c, nullptr);
    EXPECT_EQ(number(product.a), (uintptr_t{1} << 32) + static_cast<uintptr_t>(first) * 64 * 2);
    EXPECT_EQ(number(product.d), products);
    EXPECT_EQ(std::get<Launch>(work[i + 1]).config.grid.x, (product.m * 5 + 255) / 256);
    first += product.m;
  }
  EXPECT_EQ(find_kernel("linear.cuda.cublaslt.gated")->workspace_bytes(problem).value(),
            products + uintptr_t{2048} * 80 * 2 - kWorkspace);
}

// Halves are not added to f32 by the library: bias and residual have y's dtype there.
TEST(CublasLtLinear, FinishesFloatsThatHalvesAreAddedTo) {
  ops::Linear op = half_linear();
  op.dtype = DType::kF32;
  const Problem alone = text_problem(op, "bf16[tokens,64] bf16[40,64]");
  EXPECT_EQ(entries_of(work_of("linear.cuda.cublaslt", alone, 300)),
            (Entries{"unpack_weight", "product"}));
  op.bias = true;
  const Problem biased = text_problem(op, "bf16[tokens,64] bf16[40,64] bf16[40]");
  const std::vector<DeviceWork> work = work_of("linear.cuda.cublaslt", biased, 300);
  ASSERT_EQ(entries_of(work), (Entries{"unpack_weight", "product", "finish_product"}));
  EXPECT_EQ(std::get<Matmul>(work[1]).out, DType::kF32);
  EXPECT_EQ(std::get<Matmul>(work[1]).bias, nullptr);
}

TEST(CublasLtLinear, NormalisesIntoTheWorkspaceFirst) {
  const ops::Op op = ops::NormLinear{{}, half_linear()};
  const Problem problem = text_problem(op, "bf16[tokens,64] bf16[64] bf16[40,64]");
  const std::vector<DeviceWork> work = work_of("norm_linear.cuda.cublaslt", problem, 300);
  ASSERT_EQ(entries_of(work), (Entries{"rms_norm", "unpack_weight", "product"}));
  const Dim bytes = find_kernel("norm_linear.cuda.cublaslt")->workspace_bytes(problem);
  const auto normed = number(std::get<Matmul>(work[2]).a);
  EXPECT_EQ(normed % kDeviceAlignment, 0u);
  EXPECT_EQ(kWorkspace + static_cast<uintptr_t>(bytes.evaluate({{"tokens", 300}})),
            normed + uintptr_t{300} * 64 * 2);
}

TEST(CublasLtLinear, NothingIsDoneForNoTokens) {
  const Problem problem = text_problem(half_linear(), "bf16[tokens,64] bf16[40,64]");
  EXPECT_TRUE(work_of("linear.cuda.cublaslt", problem, 0).empty());
}

TEST(CublasLtLinear, RefusesWithReasons) {
  struct Case {
    std::string_view types, why_not;
  };
  const Case cases[] = {
      {"bf16[tokens,64] bf16[40,64]", ""},
      {"bf16[300,64] bf16[40,64]", ""},
      {"bf16[tokens,64] bf16[41,64]", "y has 41 columns, no multiple of 8"},
      {"bf16[tokens,60] bf16[40,60]", "k is 60, no multiple of 8"},
      {"bf16[logit_rows,64] bf16[40,64]",
       "x has other rows than a step has tokens: [logit_rows, 64]"},
  };
  for (const Case& one : cases) {
    const Support support = find_kernel("linear.cuda.cublaslt")
                                ->supports(text_problem(half_linear(), one.types), kH100);
    EXPECT_EQ(support.why_not, one.why_not) << one.types;
  }
}

// So that a machine without the library has a kernel for its tokens (engine/verify_choice.h).
TEST(CublasLtLinear, AKernelOfOursTakesItsTokens) {
  for (const std::string_view op : {"linear", "norm_linear"}) {
    for (const Kernel* kernel : kernels_for(op)) {
      if (kernel->cuda == nullptr || kernel->cuda->library == DeviceLibrary::kNone) continue;
      for (const Kernel* other : kernels_for(op)) {
        if (other->cuda == nullptr || other->layout != kernel->layout) continue;
        EXPECT_TRUE(other->cuda->max_tokens < kernel->cuda->min_tokens - 1) << other->name;
      }
    }
  }
}

}  // namespace
}  // namespace lathe::kernels
