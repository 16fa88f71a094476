// SPDX-License-Identifier: Apache-2.0
// The loop of every element-wise reference kernel.
#pragma once

#include <tuple>

#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/ranges.h"

namespace lathe::kernels {

// An operand whose elements are taken as numbers N.
template <class N>
struct Numbers {
  const TensorView& view;
};

// y = f(operands...), element by element with numpy's broadcasting; f gives an N.
template <class N, class F, class... In>
void map_elements(ThreadPool& pool, const TensorView& y, F&& f, Numbers<In>... operands) {
  constexpr int64_t kGrain = 4096;
  for_ranges(pool, y.num_elements(), kGrain, [&](int64_t first, int64_t last) {
    std::tuple readers{NumberReader<In>(operands.view, y.shape(), first)...};
    NumberWriter<N> out(y, first);
    for (int64_t i = first; i < last; ++i) {
      out.put(std::apply([&](auto&... in) { return static_cast<N>(f(in.take()...)); }, readers));
    }
  });
}

}  // namespace lathe::kernels
