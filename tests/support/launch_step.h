// SPDX-License-Identifier: Apache-2.0
// A step of a problem on a GPU that is not there: what a kernel's recipe is handed, and launches.
#pragma once

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/kv_cache_view.h"
#include "tests/support/launches_of.h"

namespace lathe::testing {

// Operands at addresses that tell them apart, on an H100's 132 processors.
class LaunchStep {
 public:
  LaunchStep(kernels::Problem problem, const DimBindings& sizes) : problem_(std::move(problem)) {
    for (const TensorType& type : problem_.inputs) inputs.push_back(view(type, sizes));
    for (const TensorType& type : problem_.outputs) {
      outputs.push_back(type.dtype == DType::kState ? inputs[0] : view(type, sizes));
    }
  }
  std::vector<kernels::Launch> launches(std::string_view kernel) const {
    return launches_of(kernels::find_kernel(kernel)->cuda->launches({.op = problem_.op,
                                                                     .inputs = inputs,
                                                                     .outputs = outputs,
                                                                     .workspace = workspace(),
                                                                     .num_processors = 132}));
  }
  static void* workspace() { return address(99); }

  std::vector<TensorView> inputs, outputs;

 private:
  static void* address(uintptr_t number) {
    return reinterpret_cast<void*>(number << 32);  // NOLINT(performance-no-int-to-ptr)
  }
  TensorView view(const TensorType& type, const DimBindings& sizes) {
    if (type.dtype == DType::kState) {
      const DType dtype = problem_.inputs[problem_.inputs[0].dtype == DType::kState ? 1 : 0].dtype;
      cache_ = {address(50),           address(51),          dtype, 9, 64,
                type.shape[0].value(), type.shape[1].value()};
      return TensorView::contiguous(&cache_, DType::kState, type.shape.evaluate(sizes));
    }
    return TensorView::contiguous(address(++next_), type.dtype, type.shape.evaluate(sizes));
  }

  kernels::Problem problem_;
  kernels::KvCacheView cache_{};
  uintptr_t next_ = 0;
};

}  // namespace lathe::testing
