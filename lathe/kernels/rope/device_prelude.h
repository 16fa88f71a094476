// SPDX-License-Identifier: Apache-2.0
// Constants of device sources that rotate (rope/rotation.cuh). Build side only.
#pragma once

#include <string>

#include "lathe/ops/rope.h"

namespace lathe::kernels {

// kRotary, kInterleaved, kMagnitude and turns_of(pair, length): revolutions a position.
std::string rotation_prelude(const ops::Rope& rope);

}  // namespace lathe::kernels
