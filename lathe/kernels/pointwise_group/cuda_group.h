// SPDX-License-Identifier: Apache-2.0
// Pointwise groups on a GPU, and the element-wise ops by themselves, each as a group of one step:
// the source is generated from the steps, one kernel for the whole group.
#pragma once

#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/pointwise_group.h"

namespace lathe::kernels::pointwise_cuda {

// The op as a group: itself, or one step over all operands.
ops::PointwiseGroup group_of(const ops::Op& op, size_t num_inputs);

// The shape of the loop: that to which all outputs broadcast; empty optional where there is none.
std::optional<Shape> loop_shape(std::span<const TensorType> outputs);

Support supports(const Problem& problem, const Target& target);
extern const CudaKernel kCuda;

// Operands and results together that a launch's parameter has room for.
inline constexpr size_t kMaxPointers = 22;

}  // namespace lathe::kernels::pointwise_cuda
