// SPDX-License-Identifier: Apache-2.0
// rope_kv_write over f32 rows of qkv, one token after the other: its factors once, then queries to
// y, keys and values to the cache, in the cache's dtype. Bound by memory: qkv, y and the slots
// once.
#pragma once

#include "lathe/kernels/cpu/element_type.h"
#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/paged_step.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector_rotation.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/rope_kv_write.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// One token's row of qkv and y, and its place.
struct QkvToken {
  const float* qkv;
  float* y;
  int64_t sequence;
  int64_t position;
};

template <class Stored>
void write_token(const ops::RopeKvWrite& op, const PagedStep& step, const TokenRotation& rotation,
                 const QkvToken& token) {
  const KvCacheView& cache = step.cache();
  const int64_t head_dim = cache.head_dim;
  for (int64_t head = 0; head < op.heads; ++head) {
    rotate(op.rope, rotation, token.qkv + head * head_dim, head_dim, token.y + head * head_dim);
  }
  const float* k = token.qkv + op.heads * head_dim;
  const float* v = k + cache.kv_heads * head_dim;
  const PagedSequence sequence = step.sequence(token.sequence);
  for (int64_t head = 0; head < cache.kv_heads; ++head) {
    const int64_t offset = step.offset(sequence, head, token.position);
    rotate(op.rope, rotation, k + head * head_dim, head_dim,
           static_cast<Stored*>(cache.keys) + offset);
    copy_row(v + head * head_dim, head_dim, static_cast<Stored*>(cache.values) + offset);
  }
}

template <class Stored>
void write_tokens(const KernelArgs& args, const PagedStep& step, const Rotator& rotator,
                  const std::pair<int64_t, int64_t>& tokens) {
  const ops::RopeKvWrite& op = *args.op.as<ops::RopeKvWrite>();
  const auto* positions = args.inputs[2].as<int32_t>();
  const auto* lengths = rotator.by_length ? args.inputs[5].as<int32_t>() : nullptr;
  TokenRotation rotation;
  for (int64_t token = tokens.first; token < tokens.second; ++token) {
    rotation_of(rotator, positions[token], lengths == nullptr ? 0 : lengths[token], rotation);
    write_token<Stored>(
        op, step, rotation,
        {.qkv = args.inputs[1].as<float>() + token * args.inputs[1].size(1),
         .y = args.outputs[0].as<float>() + token * op.heads * step.cache().head_dim,
         .sequence = step.sequence_of(token),
         .position = positions[token]});
  }
}

inline void run_rope_kv_write(const KernelArgs& args) {
  const PagedStep step(args.inputs[0], args.inputs[3], args.inputs[4]);
  const int64_t tokens = args.inputs[1].size(0);
  step.check_tokens(tokens);
  step.check_token_positions(args.inputs[2]);
  const Rotator rotator(args.op.as<ops::RopeKvWrite>()->rope);
  with_element(step.cache().dtype, [&]<class Stored>(Stored) {
    for_ranges(args.pool, tokens, grain_rows(args.inputs[1].size(1)),
               [&](int64_t begin, int64_t end) {
                 write_tokens<Stored>(args, step, rotator, {begin, end});
               });
  });
}

}  // namespace
}  // namespace lathe::kernels
