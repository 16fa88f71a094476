// SPDX-License-Identifier: Apache-2.0
// One op on the GPU through its record: generated, compiled, loaded, launched.
#pragma once

#include <map>

#include "gpu.h"
#include "lathe/kernels/kernel.h"

namespace lathe::gpu_tests {

// What all cases run on.
inline constexpr kernels::Target kTarget = {DeviceKind::kCuda, kernels::CpuIsa::kAvx2, 90};

// Device sources that win over the embedded ones (`--kernel-source DIR`); empty = none.
std::filesystem::path& kernel_source();

// A record's device code for a problem. Asks the generator only: needs no GPU.
std::string source_of(const kernels::Kernel& kernel, const kernels::Problem& problem,
                      int64_t block_size = 64);

class DeviceOp {
 public:
  // Throws kUnsupported with the kernel's own reason.
  DeviceOp(Gpu& gpu, const kernels::Kernel& kernel, kernels::Problem problem,
           int64_t block_size = 64);

  const kernels::Kernel& kernel() const { return kernel_; }
  const kernels::Problem& problem() const { return problem_; }
  // Bytes for these sizes, with the canary behind them.
  size_t workspace_bytes(const DimBindings& sizes) const;

  struct Operands {
    std::vector<TensorView> inputs, outputs;
    void* workspace = nullptr;
  };
  // Enqueues. `overlap` false launches in plain order.
  void enqueue(const Operands& operands, cuda::Overlap overlap = cuda::Overlap::kProgrammatic);

 private:
  const cuda::Kernel& find(std::string_view entry);

  Gpu& gpu_;
  const kernels::Kernel& kernel_;
  kernels::Problem problem_;
  std::shared_ptr<cuda::Module> module_;
  cuda::MatmulPlans* products_ = nullptr;
  std::map<std::string, cuda::Kernel, std::less<>> entries_;
};

// The records of an op's list for a GPU that take a problem in a step of so many tokens; those that
// close lists, "op.cuda.any", left out where there are others. Throws kUnsupported where none does.
std::vector<const kernels::Kernel*> records_for(const kernels::Problem& problem, int64_t tokens);

// Finds a record by name among the tree's. Throws kNotFound.
const kernels::Kernel& record(std::string_view name);

// A contiguous view of device memory.
TensorView device_view(void* data, DType dtype, std::vector<int64_t> sizes);

}  // namespace lathe::gpu_tests
