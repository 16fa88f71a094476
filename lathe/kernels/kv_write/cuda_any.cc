// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/kv_cache_view.h"

namespace lathe::kernels {
namespace {

// As in the device source.
struct Parameters {
  const void* k;
  const void* v;
  const void* positions;
  const void* cu_q_lengths;
  const void* tables;
  void* keys;
  void* values;
  int32_t table_width, sequences;
};

Support supports(const Problem& problem, const Target& target) {
  const DType k = problem.inputs[1].dtype;
  return on_gpu(target, 90)
      .require(is_device_float(k), "k is ", to_string(k))
      .require(problem.inputs[2].dtype == k, "k and v differ in dtype");
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const auto& cache = *static_cast<const KvCacheView*>(args.inputs[0].data);
  LATHE_CHECK(cache.dtype == args.inputs[1].dtype, "cache of another dtype than k");
  const TensorView& tables = args.inputs[5];
  const auto tokens = static_cast<uint32_t>(args.inputs[1].size(0));
  if (tokens == 0) return {};
  return {overlapped(
      "kv_write", {tokens}, kIndexThreads,
      Parameters{args.inputs[1].data, args.inputs[2].data, args.inputs[3].data, args.inputs[4].data,
                 tables.data, cache.keys, cache.values, static_cast<int32_t>(tables.size(1)),
                 static_cast<int32_t>(tables.size(0))})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kKvWriteCudaAny;
const Kernel kKvWriteCudaAny = {
    .name = "kv_write.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
