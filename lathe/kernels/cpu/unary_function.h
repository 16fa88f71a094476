// SPDX-License-Identifier: Apache-2.0
// The floating unary functions on one value: what references call.
#pragma once

#include "lathe/ops/elementwise.h"

namespace lathe::kernels {

using UnaryFunction = float (*)(float);

// REQUIRES: not UnaryKind::kNot, which is no floating function.
UnaryFunction unary_function(ops::UnaryKind kind);

}  // namespace lathe::kernels
