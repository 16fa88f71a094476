// SPDX-License-Identifier: Apache-2.0
// y = take(x, indices, axis), x seen as [outer, length, inner]; runs of `inner` are copied in the
// largest units that their bytes and addresses allow. An index outside the axis gives bytes of
// ones (NaN, -1), never a read outside.
//
// Work: a thread a unit. Bytes: what is picked and y once. Bound: memory; for few rows latency.
//
// The prelude gives: Index.
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"
#include "lathe/kernels/ptx/units.cuh"

struct GatherParameters {
  const void* x;
  const Index* indices;
  void* y;
  i64 length, count, inner;  // of the axis, of indices, in units
  i64 units;                 // of y
};

template <class Unit>
LATHE_DEVICE void gather(const GatherParameters& p) {
  launch_dependents();
  wait_for_predecessor();
  const i64 i = element_of_thread();
  if (i >= p.units) return;
  const i64 row = i / p.inner, outer = row / p.count;
  const i64 index = p.indices[row % p.count];
  const bool inside = index >= 0 && index < p.length;
  const Unit* from = static_cast<const Unit*>(p.x) + (outer * p.length + index) * p.inner;
  static_cast<Unit*>(p.y)[i] = inside ? from[i % p.inner] : all_ones<Unit>();
}

LATHE_FOR_UNITS(gather, GatherParameters)
