// SPDX-License-Identifier: Apache-2.0
// Bytes moved without a look at what they are, in units of 1 to 16 bytes. The host picks the unit
// (cuda_support.h, `unit_bytes`) and by it the entry: name_1, name_2, …
#pragma once

#include "lathe/kernels/ptx/types.cuh"

using u8 = unsigned char;

template <class Unit>
LATHE_DEVICE Unit all_ones() {
  return static_cast<Unit>(~Unit{0});
}
template <>
LATHE_DEVICE Vec4 all_ones<Vec4>() {
  return {~0u, ~0u, ~0u, ~0u};
}

#define LATHE_FOR_UNIT(name, Unit, bytes, Parameters)        \
  extern "C" __global__ void __launch_bounds__(256)          \
      name##_##bytes(const __grid_constant__ Parameters p) { \
    name<Unit>(p);                                           \
  }
#define LATHE_FOR_UNITS(name, Parameters)  \
  LATHE_FOR_UNIT(name, u8, 1, Parameters)  \
  LATHE_FOR_UNIT(name, u16, 2, Parameters) \
  LATHE_FOR_UNIT(name, u32, 4, Parameters) \
  LATHE_FOR_UNIT(name, u64, 8, Parameters) \
  LATHE_FOR_UNIT(name, Vec4, 16, Parameters)
