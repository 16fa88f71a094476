// SPDX-License-Identifier: Apache-2.0
// The functions of cpu/vector_math.h over a span, one function a class: what its test calls, and
// what a caller without a kernel body may.
#pragma once

#include <span>

#include "lathe/ops/elementwise.h"

namespace lathe::kernels {

// y = kind(x). REQUIRES: has_vector_form(kind), equal sizes, the machine has the class.
void vector_function_avx2(ops::UnaryKind kind, std::span<const float> x, std::span<float> y);
void vector_function_avx512(ops::UnaryKind kind, std::span<const float> x, std::span<float> y);

}  // namespace lathe::kernels
