// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_any.h"

#include <algorithm>

namespace lathe::kernels {
namespace linear_any {
namespace {

constexpr int64_t kTile = 32;

// As in the device source.
struct Parameters {
  const void* x;
  const void* weight;
  const void* bias;
  const void* residual;
  void* y;
  int64_t tokens, rows, columns;
};

uint32_t tiles(int64_t size) { return static_cast<uint32_t>((size + kTile - 1) / kTile); }

}  // namespace

Support supports(const Layer& layer, const Target& target) {
  const ops::Linear& op = layer.op;
  const auto fits = [](const TensorType& type) { return is_device_float(type.dtype); };
  return on_gpu(target, 90)
      .require(op.format.is_plain() && op.input_block == 0, "takes plain weights, not ",
               op.format.name)
      .require(std::all_of(layer.operands.begin(), layer.operands.end(), fits) && fits(layer.y),
               "takes bf16, f16 and f32")
      .require(!device_expression(op.activation).empty(), "has no such activation")
      .require(tiles(layer.y.shape.back().value()) <= cuda::kMaxGridYz, "too many rows");
}

Launch launch(const Call& call) {
  const int64_t tokens = leading_elements(call.x), rows = call.y.size(-1);
  return overlapped("linear_any", {tiles(tokens), tiles(rows)}, kIndexThreads,
                    Parameters{call.x.data, call.weight.data, call.bias, call.residual, call.y.data,
                               tokens, rows, call.x.size(-1)});
}

}  // namespace linear_any

namespace {

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::Linear>();
  return linear_any::supports({op, problem.inputs, problem.outputs[0]}, target);
}

std::vector<Launch> launches(const CudaArgs& args) {
  if (args.outputs[0].num_elements() == 0) return {};
  return {linear_any::launch(linear_sm90::call_of(args))};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = linear_any::kFixedBits};

}  // namespace

extern const Kernel kLinearCudaAny;
const Kernel kLinearCudaAny = {
    .name = "linear.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
