// SPDX-License-Identifier: Apache-2.0
// Times kernels on a GPU, one at a time, in a chain of dependent launches: each starts while its
// predecessor ends, as in a step, and finds its weight where a step would, in memory.
#pragma once

#include "lathe/builder/lower/estimate.h"
#include "lathe/core/cuda/buffer.h"
#include "lathe/core/cuda/graph.h"
#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/ready_step.h"

namespace lathe::builder {

class GpuBench {
 public:
  // `code`: of every candidate that `seconds` is asked about. `weight_bytes`: of the largest of
  // their weights, packed. Throws kOutOfMemory, kUnavailable for code that the driver refuses.
  GpuBench(std::shared_ptr<const cuda::Device> device, const engine::DeviceCode& code,
           int64_t weight_bytes);

  // A launch's median share of a chain. `code`: its key, empty for a kernel without. Waits for the
  // device. REQUIRES: floating operands alone.
  double seconds(const Candidate& candidate, const std::string& code);

 private:
  // A step of the candidate over random operands; `buffers` keeps what is its own.
  exec::ReadyStep step_of(const Candidate& candidate, const std::string& code,
                          std::vector<cuda::DeviceBuffer>& buffers);
  cuda::DeviceBuffer random_buffer(const TensorType& type, const DimBindings& sizes,
                                   std::string_view what) const;
  void fill(DType dtype);

  exec::Gpu gpu_;
  cuda::DeviceBuffer random_;  // that weights are taken from, one behind the other
  std::optional<DType> filled_;
};

// Bytes of a kernel's weight as it takes it; 0 where the op has none.
int64_t weight_bytes(const kernels::Kernel& kernel, const kernels::Problem& problem);

}  // namespace lathe::builder
