// SPDX-License-Identifier: Apache-2.0
// The KV blocks of a plan on a GPU: one piece of memory, zeroed, and a spare block behind the
// others for the sequences that fill a graph's bucket up.
#pragma once

#include <vector>

#include "lathe/core/cuda/buffer.h"
#include "lathe/exec/kv_storage.h"

namespace lathe::exec {

class KvPool {
 public:
  // Throws kOutOfMemory.
  KvPool(const cuda::Stream& stream, const engine::Plan& plan, int64_t num_blocks);

  // What values of dtype kState point at, one a state: on the host, with addresses of the device.
  std::vector<kernels::KvCacheView*> views();
  int32_t spare_block() const { return static_cast<int32_t>(num_blocks_); }
  // Enqueues. REQUIRES: both exist.
  void copy_block(int64_t from, int64_t to);

 private:
  const cuda::Stream& stream_;
  int64_t num_blocks_;  // without the spare one
  std::vector<kernels::KvCacheView> caches_;
  cuda::DeviceBuffer memory_;
};

// Bytes of one state's keys, or values, in memory of the view's blocks.
int64_t half_bytes(const kernels::KvCacheView& view);

}  // namespace lathe::exec
