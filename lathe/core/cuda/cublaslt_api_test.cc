// SPDX-License-Identifier: Apache-2.0
// Our words for cuBLASLt's against its own headers, on a machine that has them.
#include "lathe/core/cuda/cublaslt_api.h"

#include <gtest/gtest.h>

#if __has_include(<cublasLt.h>)
#include <cublasLt.h>

namespace lathe::cuda::cublaslt {
namespace {

template <class Ours, class Theirs>
constexpr bool same(Ours ours, Theirs theirs) {
  return static_cast<int64_t>(ours) == static_cast<int64_t>(theirs);
}

static_assert(sizeof(Algorithm) == sizeof(cublasLtMatmulAlgo_t));
static_assert(sizeof(HeuristicResult) == sizeof(cublasLtMatmulHeuristicResult_t));
static_assert(offsetof(HeuristicResult, workspace_bytes) ==
              offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize));
static_assert(offsetof(HeuristicResult, state) == offsetof(cublasLtMatmulHeuristicResult_t, state));

static_assert(same(DataType::kF32, CUDA_R_32F));
static_assert(same(DataType::kF16, CUDA_R_16F));
static_assert(same(DataType::kBf16, CUDA_R_16BF));
static_assert(same(Compute::kF32, CUBLAS_COMPUTE_32F));
static_assert(same(Transpose::kNone, CUBLAS_OP_N));
static_assert(same(Transpose::kTransposed, CUBLAS_OP_T));
static_assert(same(Epilogue::kNone, CUBLASLT_EPILOGUE_DEFAULT));
static_assert(same(Epilogue::kBias, CUBLASLT_EPILOGUE_BIAS));
static_assert(same(Reduction::kInComputeType, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
static_assert(same(OperationAttribute::kTransposeA, CUBLASLT_MATMUL_DESC_TRANSA));
static_assert(same(OperationAttribute::kEpilogue, CUBLASLT_MATMUL_DESC_EPILOGUE));
static_assert(same(OperationAttribute::kBias, CUBLASLT_MATMUL_DESC_BIAS_POINTER));
static_assert(same(PreferenceAttribute::kWorkspaceBytes, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES));
static_assert(same(PreferenceAttribute::kReductions, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK));
static_assert(same(PreferenceAttribute::kAlignmentA, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES));
static_assert(same(PreferenceAttribute::kAlignmentB, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES));
static_assert(same(PreferenceAttribute::kAlignmentC, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES));
static_assert(same(PreferenceAttribute::kAlignmentD, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES));

// What a parameter is to the ABI: an integer of a size, a float, or an address.
template <class T>
struct Passed {
  static constexpr size_t kSize = sizeof(T);  // NOLINT(bugprone-sizeof-expression)
  static constexpr bool kPointer = std::is_pointer_v<T>, kFloat = std::is_floating_point_v<T>;
};
template <class Ours, class Theirs>
constexpr bool kPassedAlike =
    Passed<Ours>::kSize == Passed<Theirs>::kSize&& Passed<Ours>::kPointer ==
    Passed<Theirs>::kPointer&& Passed<Ours>::kFloat == Passed<Theirs>::kFloat;

template <class Ours, class Theirs>
struct Alike;
template <class R, class... Ours, class S, class... Theirs>
struct Alike<R (*)(Ours...), S (*)(Theirs...)> {
  static constexpr bool kValue = [] {
    if constexpr (sizeof...(Ours) != sizeof...(Theirs)) {
      return false;
    } else {
      return kPassedAlike<R, S> && (kPassedAlike<Ours, Theirs> && ...);
    }
  }();
};
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define LATHE_EXPECT_ALIKE(name, arguments) \
  static_assert(Alike<decltype(Functions::name), decltype(&::name)>::kValue, #name);
LATHE_CUBLASLT(LATHE_EXPECT_ALIKE)
#undef LATHE_EXPECT_ALIKE

TEST(CublasLtApi, IsThatOfTheHeaders) {
  EXPECT_EQ(CUBLAS_STATUS_SUCCESS, 0);
  EXPECT_GE(CUBLAS_VER_MAJOR, 12);
}

}  // namespace
}  // namespace lathe::cuda::cublaslt

#else
TEST(CublasLtApi, IsThatOfTheHeaders) { GTEST_SKIP() << "no cublasLt.h on this machine"; }
#endif
