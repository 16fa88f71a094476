// SPDX-License-Identifier: Apache-2.0
// Elements from one strided place to another: cuts, joints, permutations, repetitions.
//
// Work: a thread a unit. Bytes: both sides once. Bound: memory; permutations of the last axis read
// single elements.
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"
#include "lathe/kernels/ptx/units.cuh"

struct CopyParameters {
  const void* from;
  void* to;
  i64 units;
  int rank;
  i64 sizes[8];                        // the last axis counts units
  i64 from_strides[8], to_strides[8];  // in units
};

template <class Unit>
LATHE_DEVICE void copy(const CopyParameters& p) {
  launch_dependents();
  wait_for_predecessor();
  i64 left = element_of_thread(), from = 0, to = 0;
  if (left >= p.units) return;
#pragma unroll
  for (int axis = 7; axis >= 0; --axis) {
    if (axis >= p.rank) continue;
    const i64 place = left % p.sizes[axis];
    left /= p.sizes[axis];
    from += place * p.from_strides[axis];
    to += place * p.to_strides[axis];
  }
  static_cast<Unit*>(p.to)[to] = static_cast<const Unit*>(p.from)[from];
}

LATHE_FOR_UNITS(copy, CopyParameters)
