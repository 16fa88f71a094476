// SPDX-License-Identifier: Apache-2.0
// Which activations cpu/vector_functions.h has, for `supports` functions, which run on every CPU.
#pragma once

#include "lathe/ops/elementwise.h"

namespace lathe::kernels {

constexpr bool has_vector_form(ops::UnaryKind kind) {
  using enum ops::UnaryKind;
  return kind == kSilu || kind == kGelu || kind == kGeluTanh || kind == kQuickGelu ||
         kind == kRelu || kind == kSigmoid || kind == kTanh;
}

}  // namespace lathe::kernels
