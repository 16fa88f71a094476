// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_strided.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {
namespace {

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const auto& op = *args.op.as<ops::Slice>();
  const TensorView& y = args.outputs[0];
  const int axis = normalize_axis(op.axis, y.rank, "x");
  return strided::copies({{cut(args.inputs[0], axis, op.start, y.size(axis), op.step), y}});
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kSliceCudaStrided;
const Kernel kSliceCudaStrided = {
    .name = "slice.cuda.strided", .supports = strided::supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
