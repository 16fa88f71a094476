// SPDX-License-Identifier: Apache-2.0
// Loops of a constant count that leave no loop behind, so that arrays of vectors stay in registers.
#pragma once

#include <type_traits>
#include <utility>

namespace lathe::kernels {

// f(std::integral_constant<int, 0>{}), …, f(std::integral_constant<int, kCount - 1>{})
template <int kCount, class F>
[[gnu::always_inline]] inline void unroll(F&& f) {
  [&]<int... kIndex>(std::integer_sequence<int, kIndex...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, kIndex>{}), ...);
  }
  (std::make_integer_sequence<int, kCount>{});
}

}  // namespace lathe::kernels
