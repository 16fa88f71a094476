// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_strided.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {
namespace {

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView& y = args.outputs[0];
  const int axis = normalize_axis(args.op.as<ops::Concat>()->axis, y.rank, "y");
  std::vector<strided::Copy> pieces;
  int64_t start = 0;
  for (const TensorView& x : args.inputs) {
    pieces.push_back({x, cut(y, axis, start, x.size(axis))});
    start += x.size(axis);
  }
  return strided::copies(pieces);
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kConcatCudaStrided;
const Kernel kConcatCudaStrided = {
    .name = "concat.cuda.strided", .supports = strided::supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
