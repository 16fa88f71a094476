// SPDX-License-Identifier: Apache-2.0
// The reference of rope_kv_write: one task a sequence; a token's rotation serves all its heads.
// Keys are rounded once, from f32 to the cache's dtype.
#include "lathe/ops/rope_kv_write.h"

#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/paged_step.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/cpu/rotate_head.h"

namespace lathe::kernels {

namespace {

// One token: its row of qkv, the same row of y, and where its keys and values go.
struct Token {
  FloatElements qkv;
  FloatElements y;
  PagedSequence sequence;
  int64_t position = 0;
};

void run_token(const ops::RopeKvWrite& op, const PagedStep& step, const Rotation& rotation,
               const Token& token) {
  const KvCacheView& cache = step.cache();
  const int64_t head_dim = cache.head_dim;
  for (int64_t head = 0; head < op.heads; ++head) {
    rotate_head(op.rope, rotation, head_dim, token.qkv.from(head * head_dim),
                token.y.from(head * head_dim));
  }
  for (int64_t head = 0; head < cache.kv_heads; ++head) {
    const int64_t offset = step.offset(token.sequence, head, token.position);
    const FloatElements k = token.qkv.from((op.heads + head) * head_dim);
    const FloatElements v = token.qkv.from((op.heads + cache.kv_heads + head) * head_dim);
    const FloatElements value_slot = FloatElements{cache.values, cache.dtype}.from(offset);
    rotate_head(op.rope, rotation, head_dim, k,
                FloatElements{cache.keys, cache.dtype}.from(offset));
    convert_elements(v.data, v.dtype, value_slot.data, cache.dtype, head_dim);
  }
}

void run_sequence(const KernelArgs& args, const PagedStep& step, int64_t index) {
  const ops::RopeKvWrite& op = *args.op.as<ops::RopeKvWrite>();
  const PagedSequence sequence = step.sequence(index);
  const FloatElements qkv = float_elements(args.inputs[1]);
  const FloatElements y = float_elements(args.outputs[0]);
  const int32_t* lengths = args.inputs.size() == 6 ? args.inputs[5].as<int32_t>() : nullptr;
  Rotation rotation(op.rope);
  for (int64_t i = 0; i < sequence.num_tokens; ++i) {
    const int64_t token = sequence.first_token + i;
    const int64_t position = args.inputs[2].as<int32_t>()[token];
    step.check_positions(index, position, position + 1);
    rotation.move_to(position, lengths == nullptr ? 0 : lengths[token]);
    run_token(op, step, rotation,
              {.qkv = qkv.from(token * args.inputs[1].size(1)),
               .y = y.from(token * op.heads * step.cache().head_dim),
               .sequence = sequence,
               .position = position});
  }
}

void run(const KernelArgs& args) {
  const PagedStep step(args.inputs[0], args.inputs[3], args.inputs[4]);
  step.check_tokens(args.inputs[1].size(0));
  args.pool.run(static_cast<size_t>(step.num_sequences()),
                [&](size_t index) { run_sequence(args, step, static_cast<int64_t>(index)); });
}

}  // namespace

extern const Kernel kRopeKvWriteCpuRef{
    .name = "rope_kv_write.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
