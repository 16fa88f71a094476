// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/rms_norm/cuda_rows.h"

#include "lathe/ops/norm.h"

namespace lathe::kernels {
namespace norm_rows {
namespace {

constexpr uint32_t kThreads = 256;
constexpr int64_t kMaxColumns = kThreads * 8 * 8;

// As in the device source.
struct Parameters {
  const void* x;
  const void* residual;
  const void* weight;
  void* sum;
  void* y;
};

}  // namespace

Call call_of(const CudaArgs& args) {
  const bool residual = args.op.as<ops::RmsNorm>()->residual;
  return {.x = args.inputs[0].data,
          .residual = residual ? args.inputs[1].data : nullptr,
          .weight = args.inputs.back().data,
          .sum = residual ? args.outputs[0].data : nullptr,
          .y = args.outputs.back().data,
          .rows = leading_elements(args.inputs[0])};
}

Launch launch(const Call& call) {
  return overlapped("rms_norm", {static_cast<uint32_t>(call.rows)}, kThreads,
                    Parameters{call.x, call.residual, call.weight, call.sum, call.y});
}

Requirements supports(const TensorType& x, const TensorType& weight, const Target& target) {
  const int64_t columns = x.shape.back().constant().value_or(0);
  return on_gpu(target, 90)
      .require(is_half(x.dtype), "takes bf16 or f16, x is ", to_string(x.dtype))
      .require(weight.dtype == x.dtype, "the weight is ", to_string(weight.dtype), ", x is ",
               to_string(x.dtype))
      .require(columns > 0 && columns % 8 == 0 && columns <= kMaxColumns,
               "takes rows of multiples of 8 up to ", kMaxColumns, ", got ", columns);
}

}  // namespace norm_rows

namespace {

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::RmsNorm>();
  if (op.quantize_block > 0) return Support::no("does not quantize");
  return norm_rows::supports(problem.inputs[0], problem.inputs.back(), target);
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const norm_rows::Call call = norm_rows::call_of(args);
  if (call.rows == 0) return {};
  return {norm_rows::launch(call)};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kRmsNormCudaRows;
const Kernel kRmsNormCudaRows = {
    .name = "rms_norm.cuda.rows", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
