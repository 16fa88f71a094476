// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_strided.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {
namespace {

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView& x = args.inputs[0];
  const int axis = normalize_axis(args.op.as<ops::Split>()->axis, x.rank, "x");
  std::vector<strided::Copy> pieces;
  int64_t start = 0;
  for (const TensorView& y : args.outputs) {
    pieces.push_back({cut(x, axis, start, y.size(axis)), y});
    start += y.size(axis);
  }
  return strided::copies(pieces);
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kSplitCudaStrided;
const Kernel kSplitCudaStrided = {
    .name = "split.cuda.strided", .supports = strided::supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
