// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_function.h"

#include "lathe/kernels/cpu/vector_math_probe.h"

namespace lathe::kernels {

void vector_function_avx512(ops::UnaryKind kind, std::span<const float> x, std::span<float> y) {
  map_vectors(kind, x, y);
}

}  // namespace lathe::kernels
