// SPDX-License-Identifier: Apache-2.0
// A function of cpu/vector_math.h over a span.
#pragma once

#include <span>

#include "lathe/kernels/cpu/vector_math.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline void map_vectors(ops::UnaryKind kind, std::span<const float> x, std::span<float> y) {
  const auto count = static_cast<int64_t>(x.size());
  with_activation(kind, [&]<ops::UnaryKind kKind>() {
    for (int64_t i = 0; i < count; i += kVector) {
      store(y.data() + i, activate<kKind>(load(x.data() + i, count - i)), count - i);
    }
  });
}

}  // namespace
}  // namespace lathe::kernels
