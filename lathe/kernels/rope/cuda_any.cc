// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/rope.h"

namespace lathe::kernels {
namespace {

// As in the device source.
struct Parameters {
  const void* x;
  const void* positions;
  const void* lengths;
  void* y;
};

Support supports(const Problem& problem, const Target& target) {
  const TensorType& x = problem.inputs[0];
  return on_gpu(target, 90)
      .require(is_device_float(x.dtype), "x is ", to_string(x.dtype))
      .require(x.shape[1].constant() && x.shape[2].constant(),
               "takes heads of one number and size");
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const auto tokens = static_cast<uint32_t>(args.inputs[0].size(0));
  if (args.inputs[0].num_elements() == 0) return {};
  return {overlapped(
      "rope_any", {tokens}, kIndexThreads,
      Parameters{args.inputs[0].data, args.inputs[1].data,
                 args.inputs.size() == 3 ? args.inputs[2].data : nullptr, args.outputs[0].data})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kRopeCudaAny;
const Kernel kRopeCudaAny = {
    .name = "rope.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
