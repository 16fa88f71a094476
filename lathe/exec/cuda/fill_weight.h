// SPDX-License-Identifier: Apache-2.0
// A weight that the device packs: its rows go up as the checkpoint has them, or are drawn there.
#pragma once

#include "lathe/base/thread_pool.h"
#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/cuda/upload_ring.h"
#include "lathe/exec/load_weight.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::exec {

class WeightFiller {
 public:
  WeightFiller(const Gpu& gpu, UploadRing& ring, ThreadPool& pool)
      : ring_(ring), pool_(pool), entries_(gpu) {}

  // Enqueues. `out`: zeroed memory of the device, of the weight's loaded type. REQUIRES: the weight
  // has code. Throws what the reader throws, with the weight's name.
  void fill(const engine::PlanWeight& weight, const WeightRows& rows, void* out);

 private:
  void draw(const engine::PlanWeight& weight, int64_t seed, void* out);
  void send_slice(const engine::PlanWeight& weight, const RowReader& read, const WeightSlice& slice,
                  void* out);
  void launch(const engine::PlanWeight& weight, kernels::Launch launch);

  UploadRing& ring_;
  ThreadPool& pool_;
  Entries entries_;
};

}  // namespace lathe::exec
