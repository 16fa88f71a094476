// SPDX-License-Identifier: Apache-2.0
// Times kernels on a GPU, one at a time, in a chain of dependent launches: each starts while its
// predecessor ends, as in a step, and finds its weight where a step would, in memory.
#pragma once

#include "lathe/builder/lower/gpu_operands.h"
#include "lathe/exec/cuda/gpu.h"

namespace lathe::builder {

class GpuBench {
 public:
  // `code`: of every candidate that `seconds` is asked about. `weight_bytes`: of the largest of
  // their weights, packed. Throws kOutOfMemory, kUnavailable for code that the driver refuses.
  // `products`: null where no candidate needs the library.
  GpuBench(std::shared_ptr<const cuda::Device> device, const engine::DeviceCode& code,
           int64_t weight_bytes, std::shared_ptr<const cuda::CublasLt> products);

  // A launch's median share of a chain. `code`: its key, empty for a kernel without. Waits for the
  // device. REQUIRES: floating operands alone, the first of 16 bits.
  double seconds(const Candidate& candidate, std::string_view code);

 private:
  exec::Gpu gpu_;
  RandomMemory random_;
};

}  // namespace lathe::builder
