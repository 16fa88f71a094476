// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/rope_kv_write/cuda_any.h"

#include "lathe/kernels/kv_cache_view.h"

namespace lathe::kernels {
namespace rope_kv_write_any {
namespace {

// As in the device source.
struct Parameters {
  const void* qkv;
  const void* positions;
  const void* cu_q_lengths;
  const void* tables;
  const void* lengths;
  void* keys;
  void* values;
  void* y;
  int32_t table_width, sequences;
};

}  // namespace

Launch launch(const Call& call) {
  const auto& cache = *static_cast<const KvCacheView*>(call.cache.data);
  LATHE_CHECK(cache.dtype == call.qkv.dtype, "cache of another dtype than qkv");
  return overlapped("rope_kv_write", {static_cast<uint32_t>(call.qkv.size(0))}, kIndexThreads,
                    Parameters{call.qkv.data, call.positions.data, call.cu_q_lengths.data,
                               call.tables.data, call.lengths, cache.keys, cache.values, call.y,
                               static_cast<int32_t>(call.tables.size(1)),
                               static_cast<int32_t>(call.tables.size(0))});
}

Support supports(const TensorType& qkv, const Target& target) {
  return on_gpu(target, 90).require(is_device_float(qkv.dtype), "qkv is ", to_string(qkv.dtype));
}

}  // namespace rope_kv_write_any

namespace {

Support supports(const Problem& problem, const Target& target) {
  return rope_kv_write_any::supports(problem.inputs[1], target);
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  if (args.inputs[1].num_elements() == 0) return {};
  return {
      rope_kv_write_any::launch({.cache = args.inputs[0],
                                 .qkv = args.inputs[1],
                                 .positions = args.inputs[2],
                                 .cu_q_lengths = args.inputs[3],
                                 .tables = args.inputs[4],
                                 .lengths = args.inputs.size() == 6 ? args.inputs[5].data : nullptr,
                                 .y = args.outputs[0].data})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kRopeKvWriteCudaAny;
const Kernel kRopeKvWriteCudaAny = {
    .name = "rope_kv_write.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
