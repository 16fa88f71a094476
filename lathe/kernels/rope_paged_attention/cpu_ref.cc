// SPDX-License-Identifier: Apache-2.0
// The reference of rope_paged_attention: the references of its two ops, one after the other, with
// the rotated queries in f32.
#include "lathe/ops/rope_paged_attention.h"

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

// Operands: cache, qkv, positions, cu_q_lengths, kv_lengths, block_tables[, lengths].
std::vector<TensorView> rope_operands(std::span<const TensorView> inputs) {
  std::vector<TensorView> out = {inputs[0], inputs[1], inputs[2], inputs[3], inputs[5]};
  if (inputs.size() == 7) out.push_back(inputs[6]);
  return out;
}

void run(const KernelArgs& args) {
  const auto& op = *args.op.as<ops::RopePagedAttention>();
  const TensorView& y = args.outputs[0];
  const Tensor queries(DType::kF32, {y.shape().begin(), y.shape().end()});
  const ops::Op rope = op.rope, attention = ops::PagedAttention{op.options};
  const std::vector<TensorView> inputs = rope_operands(args.inputs);
  const TensorView written[] = {queries.view(), args.inputs[0]};
  reference_kernel(rope.name())
      .run({.op = rope, .inputs = inputs, .outputs = written, .workspace = {}, .pool = args.pool});
  const TensorView operands[] = {queries.view(), args.inputs[0], args.inputs[3], args.inputs[4],
                                 args.inputs[5]};
  reference_kernel(attention.name())
      .run({.op = attention,
            .inputs = operands,
            .outputs = args.outputs.first(1),
            .workspace = {},
            .pool = args.pool});
}

}  // namespace

extern const Kernel kRopePagedAttentionCpuRef{
    .name = "rope_paged_attention.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
