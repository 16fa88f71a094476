// SPDX-License-Identifier: Apache-2.0
// paged_attention on tensor cores: rope_paged_attention's kernels without rotation and write.
#include "lathe/kernels/rope_paged_attention/cuda_sm90.h"

namespace lathe::kernels {
namespace {

Support supports(const Problem& problem, const Target& target) {
  const TensorType& q = problem.inputs[0];
  const std::optional<int64_t> heads = q.shape[1].constant();
  if (!heads) return Support::no("takes a fixed number of heads");
  return attention_sm90::supports(
      {problem.op.as<ops::PagedAttention>()->options, q.dtype, *heads, problem.inputs[1]}, target);
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  return attention_sm90::launches({.cache = args.inputs[1],
                                   .cu_q_lengths = args.inputs[2],
                                   .lengths = args.inputs[3],
                                   .tables = args.inputs[4],
                                   .y = args.outputs[0],
                                   .qkv = args.inputs[0].data,
                                   .queries = args.inputs[0].data,
                                   .bits = args.bits},
                                  args.num_processors);
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = attention_sm90::kFixedBits};

}  // namespace

extern const Kernel kPagedAttentionCudaSm90;
const Kernel kPagedAttentionCudaSm90 = {
    .name = "paged_attention.cuda.sm90", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
