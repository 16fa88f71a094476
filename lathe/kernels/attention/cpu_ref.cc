// SPDX-License-Identifier: Apache-2.0
// The reference of attention: one task a query token and head.
#include "lathe/kernels/attention/reference.h"
#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

namespace {

// The packed sequence that a token belongs to.
PositionRange sequence_of(const KernelArgs& args, int64_t token) {
  if (args.inputs.size() == 3) return {0, args.inputs[0].size(0)};
  const int32_t* begins = args.inputs[3].as<int32_t>();
  for (int64_t i = 0; i + 1 < args.inputs[3].size(0); ++i) {
    if (token >= begins[i] && token < begins[i + 1]) return {begins[i], begins[i + 1]};
  }
  fail(ErrorCode::kInvalidArgument, "cu_lengths: token ", token, " belongs to no sequence");
}

void run_head(const KernelArgs& args, int64_t token, int64_t head) {
  const ops::AttentionOptions& options = args.op.as<ops::Attention>()->options;
  const TensorView& q = args.inputs[0];
  const TensorView& k = args.inputs[1];
  const PositionRange sequence = sequence_of(args, token);
  KeyValues kv{.keys = float_elements(k),
               .values = float_elements(args.inputs[2]),
               .offsets = {},
               .head_dim = q.size(2)};
  const int64_t kv_head = head / (q.size(1) / k.size(1));
  for (int64_t key = sequence.begin; key < sequence.end; ++key) {
    kv.offsets.push_back((key * k.size(1) + kv_head) * kv.head_dim);
  }
  const int64_t first = (token * q.size(1) + head) * kv.head_dim;
  attend(options, alibi_slope(options, head),
         {.position = token - sequence.begin, .kv_length = sequence.end - sequence.begin}, kv,
         float_elements(q).from(first), float_elements(args.outputs[0]).from(first));
}

void run(const KernelArgs& args) {
  const int64_t heads = args.inputs[0].size(1);
  args.pool.run(static_cast<size_t>(args.inputs[0].size(0) * heads), [&](size_t task) {
    const auto index = static_cast<int64_t>(task);
    run_head(args, index / heads, index % heads);
  });
}

}  // namespace

extern const Kernel kAttentionCpuRef{
    .name = "attention.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
