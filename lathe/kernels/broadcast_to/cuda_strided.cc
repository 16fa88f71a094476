// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_strided.h"
#include "lathe/kernels/cpu/cursor.h"

namespace lathe::kernels {
namespace {

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView& y = args.outputs[0];
  return strided::copies({{broadcast_view(args.inputs[0], y.shape()), y}});
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kBroadcastToCudaStrided;
const Kernel kBroadcastToCudaStrided = {.name = "broadcast_to.cuda.strided",
                                        .supports = strided::supports,
                                        .run = nullptr,
                                        .cuda = &kCuda};

}  // namespace lathe::kernels
