// SPDX-License-Identifier: Apache-2.0
// Device types without any CUDA header: integers, the two 16-bit floats as storage, 16-byte
// vectors.
#pragma once

using i32 = int;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i64 = long long;

#define LATHE_DEVICE __device__ __forceinline__

struct alignas(16) Vec4 {
  u32 x, y, z, w;
};

// Storage types: 16 bits that only `Numeric<T>` reads and writes.
struct Bf16 {
  u16 bits;
};
struct Fp16 {
  u16 bits;
};

// Conversions of single values and of packed pairs (low half first).
template <class T>
struct Numeric;

template <>
struct Numeric<Bf16> {
  static LATHE_DEVICE float load(Bf16 value) { return __uint_as_float(u32{value.bits} << 16); }
  static LATHE_DEVICE float low(u32 pair) { return __uint_as_float(pair << 16); }
  static LATHE_DEVICE float high(u32 pair) { return __uint_as_float(pair & 0xffff0000u); }
  static LATHE_DEVICE u32 pack(float low, float high) {
    u32 out;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
    return out;
  }
  static LATHE_DEVICE u32 multiply(u32 pair, u32 by) {
    u32 out;
    asm("mul.rn.bf16x2 %0, %1, %2;" : "=r"(out) : "r"(pair), "r"(by));
    return out;
  }
  static LATHE_DEVICE Bf16 store(float value) {
    u16 out;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(out) : "f"(value));
    return {out};
  }
};

template <>
struct Numeric<Fp16> {
  static LATHE_DEVICE float load(Fp16 value) {
    float out;
    asm("cvt.f32.f16 %0, %1;" : "=f"(out) : "h"(value.bits));
    return out;
  }
  static LATHE_DEVICE float low(u32 pair) { return load({static_cast<u16>(pair)}); }
  static LATHE_DEVICE float high(u32 pair) { return load({static_cast<u16>(pair >> 16)}); }
  static LATHE_DEVICE u32 pack(float low, float high) {
    u32 out;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
    return out;
  }
  static LATHE_DEVICE u32 multiply(u32 pair, u32 by) {
    u32 out;
    asm("mul.rn.f16x2 %0, %1, %2;" : "=r"(out) : "r"(pair), "r"(by));
    return out;
  }
  static LATHE_DEVICE Fp16 store(float value) {
    u16 out;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(out) : "f"(value));
    return {out};
  }
};

template <>
struct Numeric<float> {
  static LATHE_DEVICE float load(float value) { return value; }
  static LATHE_DEVICE float store(float value) { return value; }
};

// Rounds to T and back: what a value is after it was stored.
template <class T>
LATHE_DEVICE float rounded(float value) {
  return Numeric<T>::load(Numeric<T>::store(value));
}
