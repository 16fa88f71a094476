// SPDX-License-Identifier: Apache-2.0
// Memory for calls of one kernel on one problem: drawn operands, step inputs that fit each other, a
// cache, a packed weight where the kernel has a layout, results and workspace.
#pragma once

#include <memory>
#include <vector>

#include "lathe/kernels/bench/step.h"
#include "lathe/kernels/kernel.h"
#include "lathe/kernels/kv_cache_view.h"

namespace lathe::kernels {

class BenchOperands {
 public:
  // The problem and the kernel have to outlive it. Throws kOutOfMemory, kInvalidArgument for a
  // symbol that no step has.
  BenchOperands(const Kernel& kernel, const Problem& problem, const BenchStep& step,
                ThreadPool& pool);

  void run();                     // one call
  int64_t operand_bytes() const;  // of inputs and results, the cache left out

 private:
  struct Cache {
    Tensor keys, values;
    KvCacheView view;
  };
  void add_input(size_t index);
  void add_cache(const TensorType& type);
  void fill_step_inputs();
  void pack_weight();

  const Kernel& kernel_;
  const Problem& problem_;
  BenchStep step_;
  ThreadPool& pool_;
  std::vector<Tensor> tensors_;  // keeps the views' memory
  std::unique_ptr<Cache> cache_;
  std::vector<TensorView> inputs_;
  std::vector<TensorView> outputs_;
  Tensor workspace_;
};

}  // namespace lathe::kernels
