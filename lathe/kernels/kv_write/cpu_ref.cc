// SPDX-License-Identifier: Apache-2.0
// The reference of kv_write: one task a sequence.
#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/paged_step.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/attention.h"

namespace lathe::kernels {

namespace {

void write_token(const KernelArgs& args, const PagedStep& step, int64_t sequence, int64_t token) {
  const KvCacheView& cache = step.cache();
  const FloatElements k = float_elements(args.inputs[1]);
  const FloatElements v = float_elements(args.inputs[2]);
  const int64_t position = args.inputs[3].as<int32_t>()[token];
  step.check_positions(sequence, position, position + 1);
  for (int64_t head = 0; head < cache.kv_heads; ++head) {
    const FloatElements key = k.from((token * cache.kv_heads + head) * cache.head_dim);
    const FloatElements value = v.from((token * cache.kv_heads + head) * cache.head_dim);
    const int64_t offset = step.offset(step.sequence(sequence), head, position);
    const FloatElements key_slot = FloatElements{cache.keys, cache.dtype}.from(offset);
    const FloatElements value_slot = FloatElements{cache.values, cache.dtype}.from(offset);
    convert_elements(key.data, key.dtype, key_slot.data, cache.dtype, cache.head_dim);
    convert_elements(value.data, value.dtype, value_slot.data, cache.dtype, cache.head_dim);
  }
}

void run(const KernelArgs& args) {
  const PagedStep step(args.inputs[0], args.inputs[4], args.inputs[5]);
  step.check_tokens(args.inputs[1].size(0));
  args.pool.run(static_cast<size_t>(step.num_sequences()), [&](size_t index) {
    const PagedSequence sequence = step.sequence(static_cast<int64_t>(index));
    for (int64_t i = 0; i < sequence.num_tokens; ++i) {
      write_token(args, step, static_cast<int64_t>(index), sequence.first_token + i);
    }
  });
}

}  // namespace

extern const Kernel kKvWriteCpuRef{
    .name = "kv_write.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
