// SPDX-License-Identifier: Apache-2.0
// Values as f32 in registers, whatever they are stored as: one, or several that are moved 16 bytes
// at a time.
#pragma once

#include "lathe/kernels/ptx/types.cuh"

// Of 16 bytes, which hold four or eight.
template <class T>
LATHE_DEVICE void unpack(const Vec4& from, float* to) {
  const u32 words[4] = {from.x, from.y, from.z, from.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(T) == 4) {
      to[i] = __uint_as_float(words[i]);
    } else {
      to[i * 2] = Numeric<T>::low(words[i]);
      to[i * 2 + 1] = Numeric<T>::high(words[i]);
    }
  }
}
template <class T>
LATHE_DEVICE Vec4 packed(const float* from) {
  u32 words[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(T) == 4) {
      words[i] = __float_as_uint(from[i]);
    } else {
      words[i] = Numeric<T>::pack(from[i * 2], from[i * 2 + 1]);
    }
  }
  return {words[0], words[1], words[2], words[3]};
}

// kCount is 1, or a multiple of 8 at addresses that are multiples of 16.
template <class T, int kCount>
LATHE_DEVICE void load_values(const T* from, float (&to)[kCount]) {
  if constexpr (kCount == 1) {
    to[0] = Numeric<T>::load(from[0]);
  } else {
    constexpr int kEach = 16 / sizeof(T);
    Vec4 all[kCount / kEach];  // under way together
#pragma unroll
    for (int i = 0; i < kCount / kEach; ++i) all[i] = reinterpret_cast<const Vec4*>(from)[i];
#pragma unroll
    for (int i = 0; i < kCount / kEach; ++i) unpack<T>(all[i], to + i * kEach);
  }
}
template <class T, int kCount>
LATHE_DEVICE void store_values(T* to, const float (&from)[kCount]) {
  if constexpr (kCount == 1) {
    to[0] = Numeric<T>::store(from[0]);
  } else {
    constexpr int kEach = 16 / sizeof(T);
#pragma unroll
    for (int i = 0; i < kCount / kEach; ++i) {
      reinterpret_cast<Vec4*>(to)[i] = packed<T>(from + i * kEach);
    }
  }
}
