// SPDX-License-Identifier: Apache-2.0
// Copies between strided views on a GPU: what slice, split, concat, transpose and broadcast_to are.
// One device source serves all of them.
#pragma once

#include "lathe/kernels/cuda_support.h"

namespace lathe::kernels::strided {

// Of an op whose operands are only moved.
Support supports(const Problem& problem, const Target& target);

// The elements of `from` in row-major order become those of `to`. REQUIRES: equal sizes and dtypes
// of whole bytes.
struct Copy {
  TensorView from, to;
};
// A launch each, but for those without an element.
std::vector<DeviceWork> copies(const std::vector<Copy>& all);

}  // namespace lathe::kernels::strided
