// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_strided.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {
namespace {

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const auto& op = *args.op.as<ops::Transpose>();
  return strided::copies({{permuted(args.inputs[0], op.permutation), args.outputs[0]}});
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kTransposeCudaStrided;
const Kernel kTransposeCudaStrided = {.name = "transpose.cuda.strided",
                                      .supports = strided::supports,
                                      .run = nullptr,
                                      .cuda = &kCuda};

}  // namespace lathe::kernels
