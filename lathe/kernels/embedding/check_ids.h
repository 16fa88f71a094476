// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lathe/core/tensor.h"

namespace lathe::kernels {

// Throws kInvalidArgument for an id outside [0, rows). ids: i32 [tokens].
void check_ids(const TensorView& ids, int64_t rows);

}  // namespace lathe::kernels
