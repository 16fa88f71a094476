// SPDX-License-Identifier: Apache-2.0
// What a query sees and how much it counts: causal mask, sliding window with sinks, soft cap,
// ALiBi. Scores are in units of log2, so that weights are exp2(score - maximum).
#pragma once

#include "lathe/kernels/ptx/math.cuh"

constexpr float kLog2e = 1.4426950408889634f;
constexpr float kNegative = -1e30f;  // finite: a difference of two is no NaN

// The score of key `token` for the query at `position`.
LATHE_DEVICE float visible_score(float product, int token, int position, int head) {
  float score;
  if constexpr (kSoftCap > 0) {
    score = kSoftCap * tanh_exact(product * (kScale / kSoftCap)) * kLog2e;
  } else {
    score = product * (kScale * kLog2e);
  }
  if constexpr (kAlibi)
    score += kSlopes[head < kHeads ? head : 0] * kLog2e * static_cast<float>(token - position);
  const bool in_window = kWindow == 0 || position - token < kWindow || token < kSinks;
  return (!kCausal || token <= position) && in_window ? score : kNegative;
}

// Scores that no mask can touch: all tokens of a tile are visible.
LATHE_DEVICE float plain_score(float product, int token, int position, int head) {
  if constexpr (kSoftCap > 0 || kAlibi) return visible_score(product, token, position, head);
  return product * (kScale * kLog2e);
}

// The pieces of kSize tokens that queries at positions first … last see between them: those of the
// sinks, then those of the window.
template <int kSize>
struct Visible {
  int count, sinks, window_begin;
  LATHE_DEVICE static Visible of(int first, int last) {
    const int all = last / kSize + 1;
    Visible out{last < 0 ? 0 : all, 0, 0};
    if constexpr (kWindow > 0) {
      out.window_begin = first + 1 > kWindow ? (first + 1 - kWindow) / kSize : 0;
      const int sinks = (kSinks + kSize - 1) / kSize;
      out.sinks = sinks < out.window_begin ? sinks : out.window_begin;
      out.count = out.sinks + all - out.window_begin;
    }
    return out;
  }
  LATHE_DEVICE int first_token(int index) const {
    return (index < sinks ? index : index - sinks + window_begin) * kSize;
  }
};

// Over the eight lanes that share a column of an accumulator fragment.
LATHE_DEVICE float column_sum(float x) {
  x += __shfl_xor_sync(~0u, x, 4);
  x += __shfl_xor_sync(~0u, x, 8);
  return x + __shfl_xor_sync(~0u, x, 16);
}
LATHE_DEVICE float column_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(~0u, x, 4));
  x = fmaxf(x, __shfl_xor_sync(~0u, x, 8));
  return fmaxf(x, __shfl_xor_sync(~0u, x, 16));
}
