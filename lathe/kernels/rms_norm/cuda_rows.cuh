// SPDX-License-Identifier: Apache-2.0
// y = rms_norm(x) * w, or s = x + residual first: a block a row.
//
// Work: thread i of kNormThreads has the 16-byte chunks i, i + kNormThreads, … of its row, in
// registers from the load to the store. Bytes: x, residual, s and y once; w from L2. Bound: reading
// and writing memory; for few rows two latencies. Weights are loaded before griddepcontrol.wait.
//
// Used with constants of its own: `normalize_row<Element, kColumns, kResidual>(parameters, kEps)`.
#pragma once

#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"

constexpr int kNormThreads = 256;

template <class Element>
struct NormParameters {
  const Element* x;  // [rows, columns]
  const Element* residual;
  const Element* weight;
  Element* sum;
  Element* y;
};

template <class Element>
LATHE_DEVICE u32 add_pairs(u32 a, u32 b) {
  return Numeric<Element>::pack(Numeric<Element>::low(a) + Numeric<Element>::low(b),
                                Numeric<Element>::high(a) + Numeric<Element>::high(b));
}
template <class Element>
LATHE_DEVICE float pair_squares(u32 pair) {
  const float a = Numeric<Element>::low(pair), b = Numeric<Element>::high(pair);
  return a * a + b * b;
}
template <class Element>
LATHE_DEVICE u32 scale_pair(u32 pair, float by, u32 weight) {
  return Numeric<Element>::pack(Numeric<Element>::low(pair) * by * Numeric<Element>::low(weight),
                                Numeric<Element>::high(pair) * by * Numeric<Element>::high(weight));
}

LATHE_DEVICE float block_sum(float value) {
  __shared__ float sums[kNormThreads / 32];
  const float sum = warp_sum(value);
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = sum;
  __syncthreads();
  float total = 0;
#pragma unroll
  for (int i = 0; i < kNormThreads / 32; ++i) total += sums[i];
  return total;
}

// REQUIRES: kColumns a multiple of 8; kNormThreads threads, a block a row.
template <class Element, int kColumns, bool kResidual>
LATHE_DEVICE void normalize_row(const NormParameters<Element>& p, float eps) {
  constexpr int kChunks = kColumns / 8, kEach = (kChunks + kNormThreads - 1) / kNormThreads;
  const i64 row = static_cast<i64>(blockIdx.x) * kChunks;
  Vec4 values[kEach], weights[kEach];
  launch_dependents();
#pragma unroll
  for (int i = 0; i < kEach; ++i) {
    const int chunk = static_cast<int>(threadIdx.x) + i * kNormThreads;
    if (chunk < kChunks) weights[i] = load_l2(reinterpret_cast<const Vec4*>(p.weight) + chunk);
  }
  wait_for_predecessor();
#pragma unroll
  for (int i = 0; i < kEach; ++i) {
    const int chunk = static_cast<int>(threadIdx.x) + i * kNormThreads;
    values[i] =
        chunk < kChunks ? load_l2(reinterpret_cast<const Vec4*>(p.x) + row + chunk) : Vec4{};
  }
  if constexpr (kResidual) {
#pragma unroll
    for (int i = 0; i < kEach; ++i) {
      const int chunk = static_cast<int>(threadIdx.x) + i * kNormThreads;
      if (chunk >= kChunks) continue;
      const Vec4 r = load_l2(reinterpret_cast<const Vec4*>(p.residual) + row + chunk);
      Vec4& v = values[i];
      v = {add_pairs<Element>(v.x, r.x), add_pairs<Element>(v.y, r.y), add_pairs<Element>(v.z, r.z),
           add_pairs<Element>(v.w, r.w)};
      reinterpret_cast<Vec4*>(p.sum)[row + chunk] = v;
    }
  }
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kEach; ++i) {
    squares += pair_squares<Element>(values[i].x) + pair_squares<Element>(values[i].y) +
               pair_squares<Element>(values[i].z) + pair_squares<Element>(values[i].w);
  }
  const float by = rsqrtf(block_sum(squares) / kColumns + eps);
#pragma unroll
  for (int i = 0; i < kEach; ++i) {
    const int chunk = static_cast<int>(threadIdx.x) + i * kNormThreads;
    if (chunk >= kChunks) continue;
    const Vec4 v = values[i], w = weights[i];
    reinterpret_cast<Vec4*>(p.y)[row + chunk] = {
        scale_pair<Element>(v.x, by, w.x), scale_pair<Element>(v.y, by, w.y),
        scale_pair<Element>(v.z, by, w.z), scale_pair<Element>(v.w, by, w.w)};
  }
}
