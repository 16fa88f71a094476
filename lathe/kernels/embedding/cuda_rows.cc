// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_units.h"
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

// Eight elements a thread where that makes accesses of 16 bytes, of either type's rows.
struct Shape {
  std::string_view entry;
  uint32_t width;
};
Shape shape_for(const TensorView& table, const TensorView& y) {
  constexpr int64_t kNarrowest = 2;  // bytes of an element
  const bool wide =
      unit_bytes({table.size(1) * kNarrowest, address_of(table.data), address_of(y.data)}) == 16;
  return wide ? Shape{"embedding_8", 8} : Shape{"embedding_1", 1};
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView &ids = args.inputs[0], &table = args.inputs[1], &y = args.outputs[0];
  if (y.num_elements() == 0) return {};
  const Shape shape = shape_for(table, y);
  const uint32_t blocks = blocks_for_elements(table.size(1) / shape.width);  // of a token
  return {overlapped(shape.entry, {static_cast<uint32_t>(ids.size(0)), blocks}, kIndexThreads,
                     Parameters{ids.data, table.data, y.data, table.size(0), table.size(1)})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kEmbeddingCudaRows;
const Kernel kEmbeddingCudaRows = {
    .name = "embedding.cuda.rows", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
