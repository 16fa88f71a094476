// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/gated_activation.h"

namespace lathe::kernels {
namespace {

// As in the device source.
struct Parameters {
  const void* x;
  void* y;
  int64_t elements, columns;
};

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::GatedActivation>();
  return on_gpu(target, 90)
      .require(is_device_float(problem.inputs[0].dtype), "x is ",
               to_string(problem.inputs[0].dtype))
      .require(!device_expression(op.activation).empty(), "has no such activation");
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView& y = args.outputs[0];
  const int64_t elements = y.num_elements();
  if (elements == 0) return {};
  return {each_element("gated_activation", elements,
                       Parameters{args.inputs[0].data, y.data, elements, y.size(-1)})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kGatedActivationCudaAny;
const Kernel kGatedActivationCudaAny = {
    .name = "gated_activation.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
