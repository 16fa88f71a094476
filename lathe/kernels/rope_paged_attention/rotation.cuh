// SPDX-License-Identifier: Apache-2.0
// Rotary embedding of one head's row in shared memory. Angles in f64, as the op's definition has
// them: a position times the revolutions a position, of which only the fraction matters.
#pragma once

#include "lathe/kernels/ptx/math.cuh"

// cos and sin of every frequency at `position`, by all threads of the block.
LATHE_DEVICE void make_rotation(float2* rotation, int position) {
  for (int i = threadIdx.x; i < kRotary / 2; i += blockDim.x) {
    const double turns = position * kTurns[i];
    const float half_turns = static_cast<float>((turns - rint(turns)) * 2);
    float sine, cosine;
    sincospif(half_turns, &sine, &cosine);
    rotation[i] = {cosine * kMagnitude, sine * kMagnitude};
  }
}

// Pair `pair` of kHeadDim / 2: the first kRotary / 2 pairs turn, the rest are copied.
LATHE_DEVICE void rotate(const Element* from, Element* to, int pair, const float2* rotation) {
  if (pair >= kRotary / 2) {
    to[pair * 2] = from[pair * 2];
    to[pair * 2 + 1] = from[pair * 2 + 1];
    return;
  }
  const int first = kInterleaved ? pair * 2 : pair;
  const int second = kInterleaved ? pair * 2 + 1 : pair + kRotary / 2;
  const float a = Numeric<Element>::load(from[first]), b = Numeric<Element>::load(from[second]);
  const float2 turn = rotation[pair];
  to[first] = Numeric<Element>::store(a * turn.x - b * turn.y);
  to[second] = Numeric<Element>::store(b * turn.x + a * turn.y);
}
