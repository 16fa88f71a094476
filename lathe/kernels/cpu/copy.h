// SPDX-License-Identifier: Apache-2.0
// Copies between strided views.
#pragma once

#include "lathe/core/tensor.h"

namespace lathe::kernels {

// The elements of `from` in row-major order become those of `to` in row-major order. REQUIRES:
// equal dtypes and numbers of elements; no overlap.
void copy_elements(const TensorView& from, const TensorView& to);

}  // namespace lathe::kernels
