// SPDX-License-Identifier: Apache-2.0
// What the records of linear and norm_linear share whose products are cuBLASLt's: for many tokens,
// over weights in the layout of all the other kernels.
//
// The weight is unpacked to rows at memory speed; the library multiplies, and adds the bias and the
// residual where it can; what it cannot do is done to its results by a kernel of ours, tokens in
// pieces, so that they are found in the cache and the workspace does not grow with the step. A
// product that is finished is rounded to y's dtype before.
//
// When it pays: against a kernel of R flops/s the unpacking (4 bytes a weight, at 3e12 bytes/s) is
// won back at 2 * tokens * (1/R - 1/6.5e14) = 1.3e-12 seconds a weight: for R of 3.5e14 to 4.8e14
// at 500 to 1,200 tokens. So it is for times to say: without them the kernels of ours are taken.
#pragma once

#include "lathe/kernels/linear/cuda_sm90.h"

namespace lathe::kernels::linear_cublaslt {

using linear_sm90::Call;
using linear_sm90::Layer;

inline constexpr int64_t kMinTokens = 257;

Support supports(const Layer& layer, Gate gate, const Target& target);
// A multiple of kDeviceAlignment; the same for every number of tokens.
int64_t workspace_bytes(const Layer& layer);
int64_t workspace_bytes(const Call& call);
// REQUIRES: no norm; `workspace` as large as that, aligned.
std::vector<DeviceWork> launches(const Call& call, void* workspace);

constexpr CudaKernel recipe(std::vector<DeviceWork> (*launches)(const CudaArgs&)) {
  return {.min_tokens = kMinTokens, .launches = launches, .library = DeviceLibrary::kCublasLt};
}

// What an op adds to the library's product.
struct OpFunctions {
  Support (*supports)(const Problem& problem, const Target& target);
  Dim (*workspace_bytes)(const Problem& problem);
  const CudaKernel* recipe;
};
constexpr Kernel record(Gate gate, std::string_view name, const OpFunctions& op) {
  return linear_sm90::record(gate, {.name = name,
                                    .supports = op.supports,
                                    .run = nullptr,
                                    .workspace_bytes = op.workspace_bytes,
                                    .cuda = op.recipe});
}

}  // namespace lathe::kernels::linear_cublaslt
