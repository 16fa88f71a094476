// SPDX-License-Identifier: Apache-2.0
// Values of a GPU as the host sees them: copies, made when they are asked for.
#pragma once

#include <map>
#include <vector>

#include "lathe/core/cuda/buffer.h"
#include "lathe/core/tensor.h"
#include "lathe/kernels/kv_cache_view.h"

namespace lathe::exec {

// Results of a step in pinned memory, which grows to the largest that was asked for and stays.
class PinnedResults {
 public:
  explicit PinnedResults(const cuda::Stream& stream) : stream_(stream) {}
  // Enqueues nothing and waits for nothing where the value was fetched since `forget`.
  TensorView fetch(int value, const TensorView& device_view);
  void forget();  // what was fetched: a new step has begun

 private:
  struct Result {
    cuda::PinnedBuffer memory;
    bool fetched = false;
  };
  const cuda::Stream& stream_;
  std::map<int, Result> results_;
};

// Operands of one step for a tap, or for a planted fault. Waits for the device.
class OperandCopies {
 public:
  explicit OperandCopies(const cuda::Stream& stream) : stream_(stream) {}
  // A view of dtype kState becomes one whose keys and values are on the host.
  TensorView copy(const TensorView& device_view);
  // Host values back to where they came from.
  void restore(const TensorView& host_view, const TensorView& device_view);

 private:
  void* copy_bytes(const void* from, int64_t bytes);
  const cuda::Stream& stream_;
  std::vector<Tensor> memory_;
  std::vector<std::unique_ptr<kernels::KvCacheView>> caches_;
};

}  // namespace lathe::exec
