// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/kv_pool.h"

#include "lathe/base/error.h"

namespace lathe::exec {

int64_t half_bytes(const kernels::KvCacheView& view) {
  return bytes_for(view.dtype, view.num_blocks * view.kv_heads * view.block_size * view.head_dim);
}

KvPool::KvPool(const cuda::Stream& stream, const engine::Plan& plan, int64_t num_blocks)
    : stream_(stream),
      num_blocks_(num_blocks),
      memory_(stream.shared_device(), static_cast<size_t>(kv_block_bytes(plan) * (num_blocks + 1)),
              "KV cache") {
  auto* at = memory_.pointer<std::byte>();
  for (size_t state = 0; state < plan.states.size(); ++state) {
    kernels::KvCacheView view = kv_view(plan, state, num_blocks + 1);
    view.keys = at;
    view.values = at + half_bytes(view);
    at += 2 * half_bytes(view);
    caches_.push_back(view);
  }
  // Attention weighs what lies behind a sequence's end with zero, which only finite numbers
  // survive.
  stream_.fill(memory_.address(), 0, memory_.size());
}

std::vector<kernels::KvCacheView*> KvPool::views() {
  std::vector<kernels::KvCacheView*> out;
  for (kernels::KvCacheView& cache : caches_) out.push_back(&cache);
  return out;
}

void KvPool::copy_block(int64_t from, int64_t to) {
  LATHE_CHECK(from >= 0 && to >= 0 && from < num_blocks_ && to < num_blocks_, "no such block", from,
              to, num_blocks_);
  for (const kernels::KvCacheView& cache : caches_) {
    const int64_t bytes = half_bytes(cache) / cache.num_blocks;
    for (void* half : {cache.keys, cache.values}) {
      const auto blocks = reinterpret_cast<cuda::DevicePointer>(half);
      stream_.copy(blocks + static_cast<uint64_t>(to * bytes),
                   blocks + static_cast<uint64_t>(from * bytes), static_cast<size_t>(bytes));
    }
  }
}

}  // namespace lathe::exec
