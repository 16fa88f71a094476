// SPDX-License-Identifier: Apache-2.0
// cuBLASLt's functions by prototypes of our own, opened at run time. Only what Lathe calls.
//
// Names of functions, values of constants and sizes of structs are the library's ABI; where its
// headers are installed, a test compares them (cublaslt_api_test.cc). Everything above this file
// uses `cuda::CublasLt` and `cuda::MatmulPlans`.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lathe/core/cuda/driver.h"

namespace lathe::cuda::cublaslt {

using Status = int;  // cublasStatus_t; 0 is success
struct HandleOpaque;
struct OperationOpaque;
struct LayoutOpaque;
struct PreferenceOpaque;

struct Algorithm {
  uint64_t words[8];
};
struct HeuristicResult {
  Algorithm algorithm;
  size_t workspace_bytes;
  Status state;
  float waves;
  int reserved[4];
};
static_assert(sizeof(HeuristicResult) == 96);

enum class DataType : int32_t { kF32 = 0, kF16 = 2, kBf16 = 14 };
enum class Compute : int32_t { kF32 = 68 };
enum class Transpose : int32_t { kNone = 0, kTransposed = 1 };
enum class Epilogue : uint32_t { kNone = 1, kBias = 4 };
// Of sums that are split along k: partial ones are kept in f32.
enum class Reduction : uint32_t { kInComputeType = 2 };

enum class OperationAttribute : int32_t { kTransposeA = 3, kEpilogue = 7, kBias = 8 };
enum class PreferenceAttribute : int32_t {
  kWorkspaceBytes = 1,
  kReductions = 3,
  kAlignmentA = 5,
  kAlignmentB = 6,
  kAlignmentC = 7,
  kAlignmentD = 8,
};

// X(name, arguments): every function returns a Status.
#define LATHE_CUBLASLT(X)                                                                        \
  X(cublasLtCreate, (HandleOpaque * *handle))                                                    \
  X(cublasLtDestroy, (HandleOpaque * handle))                                                    \
  X(cublasLtMatmulDescCreate, (OperationOpaque * *operation, Compute compute, DataType scale))   \
  X(cublasLtMatmulDescDestroy, (OperationOpaque * operation))                                    \
  X(cublasLtMatmulDescSetAttribute,                                                              \
    (OperationOpaque * operation, OperationAttribute attribute, const void* value, size_t size)) \
  X(cublasLtMatrixLayoutCreate,                                                                  \
    (LayoutOpaque * *layout, DataType type, uint64_t rows, uint64_t columns, int64_t stride))    \
  X(cublasLtMatrixLayoutDestroy, (LayoutOpaque * layout))                                        \
  X(cublasLtMatmulPreferenceCreate, (PreferenceOpaque * *preference))                            \
  X(cublasLtMatmulPreferenceDestroy, (PreferenceOpaque * preference))                            \
  X(cublasLtMatmulPreferenceSetAttribute,                                                        \
    (PreferenceOpaque * preference, PreferenceAttribute attribute, const void* value,            \
     size_t size))                                                                               \
  X(cublasLtMatmulAlgoGetHeuristic,                                                              \
    (HandleOpaque * handle, OperationOpaque * operation, LayoutOpaque * a, LayoutOpaque * b,     \
     LayoutOpaque * c, LayoutOpaque * d, PreferenceOpaque * preference, int wanted,              \
     HeuristicResult* results, int* found))                                                      \
  X(cublasLtMatmul,                                                                              \
    (HandleOpaque * handle, OperationOpaque * operation, const void* alpha, const void* a,       \
     LayoutOpaque* a_layout, const void* b, LayoutOpaque* b_layout, const void* beta,            \
     const void* c, LayoutOpaque* c_layout, void* d, LayoutOpaque* d_layout,                     \
     const Algorithm* algorithm, void* workspace, size_t workspace_bytes, StreamOpaque* stream))

struct Functions {
// A declaration: neither the name nor the list of parameters can stand in parentheses of its own.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define LATHE_CUBLASLT_FUNCTION(name, arguments) Status(*name) arguments = nullptr;
  LATHE_CUBLASLT(LATHE_CUBLASLT_FUNCTION)
#undef LATHE_CUBLASLT_FUNCTION
  size_t (*version)() = nullptr;
  const char* (*status_name)(Status status) = nullptr;
};

}  // namespace lathe::cuda::cublaslt
