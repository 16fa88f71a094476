// SPDX-License-Identifier: Apache-2.0
// The reference of paged_attention: one task a sequence and head.
#include "lathe/kernels/attention/reference.h"
#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/paged_attention/step.h"

namespace lathe::kernels {

namespace {

void run_head(const KernelArgs& args, const PagedStep& step, int64_t index, int64_t head) {
  const ops::AttentionOptions& options = args.op.as<ops::PagedAttention>()->options;
  const KvCacheView& cache = step.cache();
  const PagedSequence sequence = step.sequence(index);
  const int64_t heads = args.inputs[0].size(1);
  const int64_t kv_length = args.inputs[3].as<int32_t>()[index];
  KeyValues kv{.keys = {cache.keys, cache.dtype},
               .values = {cache.values, cache.dtype},
               .offsets = {},
               .head_dim = cache.head_dim};
  for (int64_t key = 0; key < kv_length; ++key) {
    kv.offsets.push_back(step.offset(sequence, head / (heads / cache.kv_heads), key));
  }
  for (int64_t i = 0; i < sequence.num_tokens; ++i) {
    const int64_t first = ((sequence.first_token + i) * heads + head) * cache.head_dim;
    attend(options, alibi_slope(options, head),
           {.position = kv_length - sequence.num_tokens + i, .kv_length = kv_length}, kv,
           float_elements(args.inputs[0]).from(first), float_elements(args.outputs[0]).from(first));
  }
}

void run(const KernelArgs& args) {
  const PagedStep step(args.inputs[1], args.inputs[2], args.inputs[4]);
  check_paged_attention(args, step);
  const int64_t heads = args.inputs[0].size(1);
  args.pool.run(static_cast<size_t>(step.num_sequences() * heads), [&](size_t task) {
    const auto index = static_cast<int64_t>(task);
    run_head(args, step, index / heads, index % heads);
  });
}

}  // namespace

extern const Kernel kPagedAttentionCpuRef{
    .name = "paged_attention.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
