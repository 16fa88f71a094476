// SPDX-License-Identifier: Apache-2.0
// The rotation of heads, sixteen elements at a time: what rope and rope_kv_write share. Products
// and sums are those of the reference; cosines and sines are vector_trigonometry.h's.
#pragma once

#include "lathe/kernels/cpu/rotary_frequencies.h"
#include "lathe/kernels/cpu/vector_trigonometry.h"
#include "lathe/ops/rope.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// Factors of each rotary element of one token: y = x * same + partner * other, where the partner is
// the pair's second element for the first and the first for the second.
struct TokenRotation {
  float same[kMaxRotaryDims];
  float other[kMaxRotaryDims];
};

// One rope op's constants; read by all threads.
struct Rotator {
  const ops::Rope& rope;
  RotaryFrequencies frequencies;  // unless they depend on lengths
  bool by_length;

  explicit Rotator(const ops::Rope& op)
      : rope(op), by_length(write_rotary_frequencies(op, 0, frequencies)) {}
};

inline void store_pairs(ops::RopeStyle style, int64_t pair, int64_t num_pairs, const CosSin& value,
                        TokenRotation& out) {
  float cos[kVector], sin[kVector];
  store(cos, value.cos);
  store(sin, value.sin);
  const bool half = style == ops::RopeStyle::kHalf;
  for (int64_t i = 0; i < std::min(kVector, num_pairs - pair); ++i) {
    const int64_t first = half ? pair + i : 2 * (pair + i);
    const int64_t second = half ? first + num_pairs : first + 1;
    out.same[first] = out.same[second] = cos[i];
    out.other[first] = -sin[i];
    out.other[second] = sin[i];
  }
}

inline void rotation_by(const RotaryFrequencies& frequencies, ops::RopeStyle style,
                        int64_t position, TokenRotation& out) {
  const int64_t num_pairs = frequencies.num_pairs;
  const auto magnitude = broadcast(frequencies.magnitude);
  for (int64_t pair = 0; pair < num_pairs; pair += kVector) {
    double angles[kVector] = {};
    for (int64_t i = 0; i < std::min(kVector, num_pairs - pair); ++i) {
      angles[i] = static_cast<double>(position) * frequencies.inverse[pair + i];
    }
    const CosSin value = cos_sin(angles);
    store_pairs(style, pair, num_pairs, {value.cos * magnitude, value.sin * magnitude}, out);
  }
}

inline void rotation_of(const Rotator& rotator, int64_t position, int64_t length,
                        TokenRotation& out) {
  const ops::Rope& rope = rotator.rope;
  if (!rotator.by_length) return rotation_by(rotator.frequencies, rope.style, position, out);
  RotaryFrequencies frequencies;
  write_rotary_frequencies(rope, length, frequencies);
  rotation_by(frequencies, rope.style, position, out);
}

template <class T>
void copy_row(const float* x, int64_t count, T* y) {
  for (int64_t i = 0; i < count; i += kVector) store(y + i, load(x + i, count - i), count - i);
}

// Elements [begin, end), whose partners stand `partner` away.
struct RotaryRun {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t partner = 0;
};

template <class T>
void rotate_run(const TokenRotation& rotation, const RotaryRun& run, const float* x, T* y) {
  for (int64_t i = run.begin; i < run.end; i += kVector) {
    const int64_t left = run.end - i;
    const F32x16 value = load(x + i, left) * load(rotation.same + i, left) +
                         load(x + i + run.partner, left) * load(rotation.other + i, left);
    store(y + i, value, left);
  }
}

template <class T>
void rotate_neighbours(const TokenRotation& rotation, const float* x, int64_t count, T* y) {
  for (int64_t i = 0; i < count; i += kVector) {
    const int64_t left = count - i;
    const F32x16 value = load(x + i, left);
    store(
        y + i,
        value * load(rotation.same + i, left) + swap_pairs(value) * load(rotation.other + i, left),
        left);
  }
}

// x and y: [head_dim]; y of T.
template <class T>
void rotate(const ops::Rope& rope, const TokenRotation& rotation, const float* x, int64_t head_dim,
            T* y) {
  if (rope.style == ops::RopeStyle::kHalf) {
    const int64_t half = rope.rotary_dims / 2;
    rotate_run(rotation, {0, half, half}, x, y);
    rotate_run(rotation, {half, rope.rotary_dims, -half}, x, y);
  } else {
    rotate_neighbours(rotation, x, rope.rotary_dims, y);
  }
  copy_row(x + rope.rotary_dims, head_dim - rope.rotary_dims, y + rope.rotary_dims);
}

}  // namespace
}  // namespace lathe::kernels
