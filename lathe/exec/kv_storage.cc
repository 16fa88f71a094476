// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/kv_storage.h"

#include <cstring>

#include "lathe/base/error.h"
#include "lathe/exec/memory.h"

namespace lathe::exec {

int64_t kv_block_bytes(const engine::Plan& plan) {
  int64_t bytes = 0;
  for (const engine::PlanState& state : plan.states) {
    bytes +=
        2 * bytes_for(state.dtype, state.spec.kv_heads * state.spec.head_dim * plan.block_size);
  }
  return bytes;
}

kernels::KvCacheView kv_view(const engine::Plan& plan, size_t state, int64_t num_blocks) {
  const engine::PlanState& from = plan.states[state];
  return {.keys = nullptr,
          .values = nullptr,
          .dtype = from.dtype,
          .num_blocks = num_blocks,
          .block_size = plan.block_size,
          .kv_heads = from.spec.kv_heads,
          .head_dim = from.spec.head_dim};
}

KvStorage::KvStorage(const engine::Plan& plan, int64_t num_blocks) : num_blocks_(num_blocks) {
  for (size_t state = 0; state < plan.states.size(); ++state) {
    Cache& cache = caches_.emplace_back();
    cache.view = kv_view(plan, state, num_blocks);
    const std::vector<int64_t> sizes = {num_blocks, cache.view.kv_heads, cache.view.block_size,
                                        cache.view.head_dim};
    cache.keys = lazy_zeros(cache.view.dtype, sizes, Pages::kSmall, "KV cache");
    cache.values = lazy_zeros(cache.view.dtype, sizes, Pages::kSmall, "KV cache");
    cache.view.keys = cache.keys.data();
    cache.view.values = cache.values.data();
  }
}

std::vector<kernels::KvCacheView*> KvStorage::views() {
  std::vector<kernels::KvCacheView*> out;
  for (Cache& cache : caches_) out.push_back(&cache.view);
  return out;
}

void KvStorage::copy_block(int64_t from, int64_t to) {
  LATHE_CHECK(from >= 0 && to >= 0 && from < num_blocks_ && to < num_blocks_, "no such block", from,
              to, num_blocks_);
  for (Cache& cache : caches_) {
    const int64_t bytes = cache.keys.num_bytes() / num_blocks_;
    for (const Tensor* tensor : {&cache.keys, &cache.values}) {
      auto* blocks = static_cast<std::byte*>(tensor->data());
      std::memmove(blocks + to * bytes, blocks + from * bytes, static_cast<size_t>(bytes));
    }
  }
}

}  // namespace lathe::exec
