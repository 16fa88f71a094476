// SPDX-License-Identifier: Apache-2.0
// The memory of a plan's KV caches: blocks of every layer, resident once written.
#pragma once

#include <vector>

#include "lathe/core/tensor.h"
#include "lathe/engine/plan.h"
#include "lathe/kernels/kv_cache_view.h"

namespace lathe::exec {

// Bytes that one KV block of the plan takes, all layers together.
int64_t kv_block_bytes(const engine::Plan& plan);

// The view of one state's cache over memory of `num_blocks` blocks.
kernels::KvCacheView kv_view(const engine::Plan& plan, size_t state, int64_t num_blocks);

class KvStorage {
 public:
  // Throws kOutOfMemory.
  KvStorage(const engine::Plan& plan, int64_t num_blocks);

  // What values of dtype kState point at, one a state; they stay where they are.
  std::vector<kernels::KvCacheView*> views();
  // Copies a block of every layer. REQUIRES: both exist.
  void copy_block(int64_t from, int64_t to);

 private:
  struct Cache {
    Tensor keys, values;
    kernels::KvCacheView view;
  };
  int64_t num_blocks_;
  std::vector<Cache> caches_;  // one a state
};

}  // namespace lathe::exec
