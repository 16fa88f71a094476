// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/rms_norm/cuda_any.h"

namespace lathe::kernels {
namespace norm_any {
namespace {

// As in the device source.
struct Parameters {
  const void* x;
  const void* residual;
  const void* weight;
  void* sum;
  void* y;
  int64_t rows, columns;
  float eps;
};

}  // namespace

Support supports(const TensorType& x, const TensorType& weight, const Target& target) {
  return on_gpu(target, 90)
      .require(x.shape.back().constant().has_value(), "takes rows of one length")
      .require(is_device_float(x.dtype), "x is ", to_string(x.dtype))
      .require(is_device_float(weight.dtype), "the weight is ", to_string(weight.dtype));
}

Launch launch(const norm_rows::Call& call, int64_t columns, float eps) {
  return each_row(
      "rms_norm_any", call.rows, columns,
      Parameters{call.x, call.residual, call.weight, call.sum, call.y, call.rows, columns, eps});
}

}  // namespace norm_any

namespace {

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::RmsNorm>();
  if (op.quantize_block > 0) return Support::no("does not quantize");
  return norm_any::supports(problem.inputs[0], problem.inputs.back(), target);
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const auto& op = *args.op.as<ops::RmsNorm>();
  const norm_rows::Call call = norm_rows::call_of(args);
  if (args.inputs[0].num_elements() == 0) return {};
  return {norm_any::launch(call, args.inputs[0].size(-1), op.eps)};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kRmsNormCudaAny;
const Kernel kRmsNormCudaAny = {
    .name = "rms_norm.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
