// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/paged_attention/cuda_any.h"

#include "lathe/kernels/kv_cache_view.h"

namespace lathe::kernels {
namespace paged_attention_any {
namespace {

constexpr uint32_t kThreads = 128;
constexpr int64_t kMaxHeadDim = 512;

// As in the device source.
struct Parameters {
  const void* q;
  const void* cu_q_lengths;
  const void* lengths;
  const void* tables;
  const void* keys;
  const void* values;
  void* y;
  int32_t table_width, sequences;
};

}  // namespace

Launch launch(const Call& call) {
  const auto& cache = *static_cast<const KvCacheView*>(call.cache.data);
  LATHE_CHECK(cache.dtype == call.y.dtype, "cache of another dtype than q");
  const cuda::Dim3 grid = {static_cast<uint32_t>(call.y.size(0)),
                           static_cast<uint32_t>(call.y.size(1))};
  return overlapped(
      "paged_attention_any", grid, kThreads,
      Parameters{call.q, call.cu_q_lengths.data, call.lengths.data, call.tables.data, cache.keys,
                 cache.values, call.y.data, static_cast<int32_t>(call.tables.size(1)),
                 static_cast<int32_t>(call.tables.size(0))});
}

Support supports(const Heads& heads, const Target& target) {
  const int64_t kv_heads = heads.cache.shape[0].value(), head_dim = heads.cache.shape[1].value();
  return on_gpu(target, 90)
      .require(is_device_float(heads.q), "q is ", to_string(heads.q))
      .require(head_dim <= kMaxHeadDim, "takes heads up to ", kMaxHeadDim, ", got ", head_dim)
      .require(heads.heads % kv_heads == 0, "heads are no multiple of kv_heads")
      .require(heads.heads <= cuda::kMaxGridYz, "too many heads");
}

}  // namespace paged_attention_any

namespace {

Support supports(const Problem& problem, const Target& target) {
  const TensorType& q = problem.inputs[0];
  const std::optional<int64_t> heads = q.shape[1].constant();
  if (!heads) return Support::no("takes a fixed number of heads");
  return paged_attention_any::supports(
      {problem.op.as<ops::PagedAttention>()->options, q.dtype, *heads, problem.inputs[1]}, target);
}

std::vector<Launch> launches(const CudaArgs& args) {
  if (args.outputs[0].num_elements() == 0) return {};
  return {paged_attention_any::launch({.q = args.inputs[0].data,
                                       .cache = args.inputs[1],
                                       .cu_q_lengths = args.inputs[2],
                                       .lengths = args.inputs[3],
                                       .tables = args.inputs[4],
                                       .y = args.outputs[0]})};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kPagedAttentionCudaAny;
const Kernel kPagedAttentionCudaAny = {
    .name = "paged_attention.cuda.any", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
