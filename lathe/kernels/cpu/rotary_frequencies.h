// SPDX-License-Identifier: Apache-2.0
// A rope op's frequencies as the vector kernels keep them: on the stack. Nothing here is inline, so
// that files of one ISA class define nothing that others could be linked to.
#pragma once

#include "lathe/kernels/cpu/rotation_limits.h"
#include "lathe/ops/rope.h"

namespace lathe::kernels {

struct RotaryFrequencies {
  double inverse[kMaxRotaryDims / 2];  // radians a position
  int64_t num_pairs;                   // of them
  float magnitude;                     // multiplies cos and sin
};

// Frequencies for a sequence of `length` known tokens; returns whether they depend on it.
// REQUIRES: rope.rotary_dims <= kMaxRotaryDims.
bool write_rotary_frequencies(const ops::Rope& rope, int64_t length, RotaryFrequencies& out);

}  // namespace lathe::kernels
