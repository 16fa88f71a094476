// SPDX-License-Identifier: Apache-2.0
// Rotary embedding of one head's row. Angles in f64, as the op's definition has them: a position
// times the revolutions a position, of which only the fraction matters.
//
// The prelude gives: Element; kHeadDim, kRotary, kInterleaved, kMagnitude; turns_of(pair, length).
#pragma once

#include "lathe/kernels/ptx/math.cuh"

// cos and sin of every frequency at `position` of a sequence of `length` known tokens, by all
// threads of the block.
LATHE_DEVICE void make_rotation(float2* rotation, int position, int length = 0) {
  for (int i = threadIdx.x; i < kRotary / 2; i += blockDim.x) {
    const double turns = position * turns_of(i, length);
    const float half_turns = static_cast<float>((turns - rint(turns)) * 2);
    float sine, cosine;
    sincospif(half_turns, &sine, &cosine);
    rotation[i] = {cosine * kMagnitude, sine * kMagnitude};
  }
}

// Item `item` of kHeadItems: a pair that turns, or an element that is copied.
constexpr int kHeadItems = kHeadDim - kRotary / 2;
template <class To>
LATHE_DEVICE void rotate_item(const Element* from, To* to, int item, const float2* rotation) {
  if (item >= kRotary / 2) {
    const int i = item + kRotary / 2;
    to[i] = Numeric<To>::store(Numeric<Element>::load(from[i]));
    return;
  }
  const int first = kInterleaved ? item * 2 : item;
  const int second = kInterleaved ? item * 2 + 1 : item + kRotary / 2;
  const float a = Numeric<Element>::load(from[first]), b = Numeric<Element>::load(from[second]);
  const float2 turn = rotation[item];
  to[first] = Numeric<To>::store(a * turn.x - b * turn.y);
  to[second] = Numeric<To>::store(b * turn.x + a * turn.y);
}

// Pair `pair` of kHeadDim / 2, an even number: the first kRotary / 2 pairs turn, the rest are
// copied.
LATHE_DEVICE void rotate(const Element* from, Element* to, int pair, const float2* rotation) {
  if (pair < kRotary / 2) return rotate_item(from, to, pair, rotation);
  to[pair * 2] = from[pair * 2];
  to[pair * 2 + 1] = from[pair * 2 + 1];
}
