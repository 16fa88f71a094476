// SPDX-License-Identifier: Apache-2.0
// What a problem costs at least, whatever kernel runs it: bytes that have to be moved once, and
// the arithmetic of its products.
#pragma once

#include "lathe/kernels/bench/step.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

struct Cost {
  double bytes = 0;
  double flops = 0;      // two a multiply-add; 0 for element-wise ops, which memory bounds
  bool integer = false;  // the products are of 8-bit codes
};

Cost cost_of(const Problem& problem, const BenchStep& step);

}  // namespace lathe::kernels
