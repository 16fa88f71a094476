// SPDX-License-Identifier: Apache-2.0
// kv_write of f32 rows, in the cache's dtype. Bound by memory.
#pragma once

#include "lathe/kernels/cpu/element_type.h"
#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/paged_step.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

template <class Stored>
void write_row(const float* from, int64_t count, void* to, int64_t offset) {
  Stored* slot = static_cast<Stored*>(to) + offset;
  for (int64_t i = 0; i < count; i += kVector) {
    store(slot + i, load(from + i, count - i), count - i);
  }
}

template <class Stored>
void write_token(const KernelArgs& args, const PagedStep& step, int64_t token) {
  const KvCacheView& cache = step.cache();
  const PagedSequence sequence = step.sequence(step.sequence_of(token));
  const int64_t position = args.inputs[3].as<int32_t>()[token];
  for (int64_t head = 0; head < cache.kv_heads; ++head) {
    const int64_t from = (token * cache.kv_heads + head) * cache.head_dim;
    const int64_t to = step.offset(sequence, head, position);
    write_row<Stored>(args.inputs[1].as<float>() + from, cache.head_dim, cache.keys, to);
    write_row<Stored>(args.inputs[2].as<float>() + from, cache.head_dim, cache.values, to);
  }
}

inline void run_kv_write(const KernelArgs& args) {
  const PagedStep step(args.inputs[0], args.inputs[4], args.inputs[5]);
  const int64_t tokens = args.inputs[1].size(0);
  step.check_tokens(tokens);
  step.check_token_positions(args.inputs[3]);
  const int64_t row = 2 * step.cache().kv_heads * step.cache().head_dim;
  with_element(step.cache().dtype, [&]<class Stored>(Stored) {
    for_ranges(args.pool, tokens, grain_rows(row), [&](int64_t begin, int64_t end) {
      for (int64_t token = begin; token < end; ++token) write_token<Stored>(args, step, token);
    });
  });
}

}  // namespace
}  // namespace lathe::kernels
