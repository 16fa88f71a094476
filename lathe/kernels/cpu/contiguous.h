// SPDX-License-Identifier: Apache-2.0
// Strided operands for references that are written for contiguous ones.
#pragma once

#include <vector>

#include "lathe/core/tensor.h"
#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

namespace internal {

inline bool needs_copy(const TensorView& view) {
  return view.dtype != DType::kState && !view.is_contiguous();
}

inline Tensor tensor_like(const TensorView& view) {
  return Tensor(view.dtype, {view.shape().begin(), view.shape().end()});
}

}  // namespace internal

// Runs `body` on contiguous copies of what is strided, and copies its results back. Allocates.
template <void (*kBody)(const KernelArgs&)>
void run_contiguous(const KernelArgs& args) {
  std::vector<TensorView> inputs(args.inputs.begin(), args.inputs.end());
  std::vector<TensorView> outputs(args.outputs.begin(), args.outputs.end());
  std::vector<Tensor> copies;
  for (TensorView& view : inputs) {
    if (!internal::needs_copy(view)) continue;
    copies.push_back(internal::tensor_like(view));
    copy_elements(view, copies.back().view());
    view = copies.back().view();
  }
  for (TensorView& view : outputs) {
    if (!internal::needs_copy(view)) continue;
    copies.push_back(internal::tensor_like(view));
    view = copies.back().view();
  }
  kBody({args.op, inputs, outputs, args.workspace, args.pool});
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (internal::needs_copy(args.outputs[i])) copy_elements(outputs[i], args.outputs[i]);
  }
}

}  // namespace lathe::kernels
