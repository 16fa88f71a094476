// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {
namespace {

// As in the device source.
struct Parameters {
  const void* x;
  const void* weight;
  const void* bias;
  void* y;
  int64_t rows, columns;
  float eps;
};

Support supports(const Problem& problem, const Target& target) {
  const DType weight = problem.inputs[1].dtype;
  return on_gpu(target, 90)
      .require(problem.inputs[0].shape.back().constant().has_value(), "takes rows of one length")
      .require(is_device_float(problem.inputs[0].dtype), "x is ",
               to_string(problem.inputs[0].dtype))
      .require(is_device_float(weight), "the weight is ", to_string(weight))
      .require(problem.inputs.back().dtype == weight || problem.inputs.size() == 2,
               "weight and bias differ in dtype");
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView& x = args.inputs[0];
  if (x.num_elements() == 0) return {};
  const int64_t rows = leading_elements(x), columns = x.size(-1);
  return {
      each_row("layer_norm", rows, columns,
               Parameters{x.data, args.inputs[1].data,
                          args.inputs.size() == 3 ? args.inputs[2].data : nullptr,
                          args.outputs[0].data, rows, columns, args.op.as<ops::LayerNorm>()->eps})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kLayerNormCudaAny;
const Kernel kLayerNormCudaAny = {
    .name = "layer_norm.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
