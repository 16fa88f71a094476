// SPDX-License-Identifier: Apache-2.0
// A reduction whose axes stand side by side, as one over the middle of three axes.
#pragma once

#include <span>

#include "lathe/ops/reduce.h"

namespace lathe::kernels {

struct ReduceBlock {
  int64_t outer = 1;
  int64_t reduced = 1;
  int64_t inner = 1;
};

// Allocates nothing. REQUIRES: is_block(op, ...).
ReduceBlock reduce_block(const ops::Reduce& op, std::span<const int64_t> sizes);

// Whether no kept axis, those of size 1 aside, stands between reduced ones.
bool is_block(const ops::Reduce& op, const Shape& shape);

}  // namespace lathe::kernels
