// SPDX-License-Identifier: Apache-2.0
// From a floating dtype to the C++ type of its elements.
#pragma once

#include "lathe/base/float16.h"
#include "lathe/core/dtype.h"

namespace lathe::kernels {

// Calls f(float{}), f(Bf16{}) or f(Fp16{}). REQUIRES: one of these dtypes.
template <class F>
void with_element(DType dtype, F&& f) {
  if (dtype == DType::kF32) return f(float{});
  if (dtype == DType::kBf16) return f(Bf16{});
  f(Fp16{});
}

}  // namespace lathe::kernels
