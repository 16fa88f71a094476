// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/embedding.h"

namespace lathe::kernels {
namespace {

// As in the device source.
struct Parameters {
  const void* ids;
  const void* table;
  void* y;
  int64_t vocab, hidden;
};

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::Embedding>();
  return on_gpu(target, 90)
      .require(op.format.is_plain(), "takes plain tables, not ", op.format.name)
      .require(is_device_float(problem.inputs[1].dtype), "the table is ",
               to_string(problem.inputs[1].dtype))
      .require(is_device_float(op.dtype), "y is ", to_string(op.dtype));
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView &ids = args.inputs[0], &table = args.inputs[1];
  const auto tokens = static_cast<uint32_t>(ids.size(0));
  if (tokens == 0) return {};
  return {overlapped(
      "embedding", {tokens}, kIndexThreads,
      Parameters{ids.data, table.data, args.outputs[0].data, table.size(0), table.size(1)})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kEmbeddingCudaRows;
const Kernel kEmbeddingCudaRows = {
    .name = "embedding.cuda.rows", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
