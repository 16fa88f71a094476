// SPDX-License-Identifier: Apache-2.0
// rope_paged_attention of any shape: rope_kv_write, then paged_attention.
#include "lathe/kernels/paged_attention/cuda_any.h"
#include "lathe/kernels/rope_kv_write/cuda_any.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::kernels {
namespace {

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::RopePagedAttention>();
  const TensorType& qkv = problem.inputs[1];
  const Support rope = rope_kv_write_any::supports(qkv, target);
  return rope.ok ? paged_attention_any::supports(
                       {op.options, qkv.dtype, op.rope.heads, problem.inputs[0]}, target)
                 : rope;
}

Dim workspace(const Problem& problem) {  // rotated queries
  const TensorType& y = problem.outputs[0];
  return y.shape.num_elements() * (bits_of(y.dtype) / 8);
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const std::span<const TensorView> in = args.inputs;
  if (args.outputs[0].num_elements() == 0) return {};
  const rope_kv_write_any::Call rope{.cache = in[0],
                                     .qkv = in[1],
                                     .positions = in[2],
                                     .cu_q_lengths = in[3],
                                     .tables = in[5],
                                     .lengths = in.size() == 7 ? in[6].data : nullptr,
                                     .y = args.workspace};
  const paged_attention_any::Call attention{.q = args.workspace,
                                            .cache = in[0],
                                            .cu_q_lengths = in[3],
                                            .lengths = in[4],
                                            .tables = in[5],
                                            .y = args.outputs[0]};
  return {rope_kv_write_any::launch(rope), paged_attention_any::launch(attention)};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kRowByRow};

}  // namespace

extern const Kernel kRopePagedAttentionCudaAny{.name = "rope_paged_attention.cuda.any",
                                               .supports = supports,
                                               .run = nullptr,
                                               .workspace_bytes = workspace,
                                               .cuda = &kCuda};

}  // namespace lathe::kernels
