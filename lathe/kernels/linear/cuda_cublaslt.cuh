// SPDX-License-Identifier: Apache-2.0
// What stands around a product of cuBLASLt: the weight, unpacked from the layout that all kernels
// share (kernels/mma_layout.h) to rows, and what the library cannot do to its results.
//
// unpack_weight: a warp takes a chunk of 16 rows x 64 columns; lanes that share a row turn four
// 16-byte pieces around among them. The rows stay in their packed order: those of a gated weight in
// groups of 8 of the gate and the 8 that they meet, so that finish_product finds both side by side.
// Bytes: the weight, read and written. finish_product: a thread takes 8 results. Bytes: product,
// residual and result once. Bound of both: memory.
//
// The prelude gives what epilogue.cuh names.
#pragma once

#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct UnpackParameters {
  const Vec4* packed;
  Vec4* rows;  // [16 kGroups, 64 kSteps]
};

struct FinishParameters {
  const Output* product;    // [tokens, kRows], gated: [tokens, 2 kRows], groups of 8 as packed
  const Element* bias;      // [kRows], gated: [2 kRows]
  const Element* residual;  // [tokens, kRows]
  Output* y;                // [tokens, kRows]
  i64 tokens;
};

namespace around_product {

// Four lanes hold four words each: lane t gets word t of each, in the lanes' order.
LATHE_DEVICE Vec4 turned(const Vec4& mine) {
  const bool odd = threadIdx.x & 1, upper = threadIdx.x & 2;
  const u32 keep_a = odd ? mine.y : mine.x, give_a = odd ? mine.x : mine.y;
  const u32 keep_b = odd ? mine.w : mine.z, give_b = odd ? mine.z : mine.w;
  const u32 got_a = __shfl_xor_sync(~0u, give_a, 1), got_b = __shfl_xor_sync(~0u, give_b, 1);
  const u32 first_a = odd ? got_a : keep_a, second_a = odd ? keep_a : got_a;
  const u32 first_b = odd ? got_b : keep_b, second_b = odd ? keep_b : got_b;
  const u32 first = __shfl_xor_sync(~0u, upper ? first_a : first_b, 2);
  const u32 second = __shfl_xor_sync(~0u, upper ? second_a : second_b, 2);
  return upper ? Vec4{first, second, first_b, second_b} : Vec4{first_a, second_a, first, second};
}

LATHE_DEVICE void load_eight(const float* from, float (&out)[8]) {
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const Vec4 four = reinterpret_cast<const Vec4*>(from)[i];
    out[i * 4] = __uint_as_float(four.x);
    out[i * 4 + 1] = __uint_as_float(four.y);
    out[i * 4 + 2] = __uint_as_float(four.z);
    out[i * 4 + 3] = __uint_as_float(four.w);
  }
}
template <class Half>
LATHE_DEVICE void load_eight(const Half* from, float (&out)[8]) {
  const Vec4 all = *reinterpret_cast<const Vec4*>(from);
  const u32 pairs[4] = {all.x, all.y, all.z, all.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    out[i * 2] = Numeric<Half>::low(pairs[i]);
    out[i * 2 + 1] = Numeric<Half>::high(pairs[i]);
  }
}

LATHE_DEVICE void store_eight(float* to, const float (&values)[8]) {
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    reinterpret_cast<Vec4*>(to)[i] = {
        __float_as_uint(values[i * 4]), __float_as_uint(values[i * 4 + 1]),
        __float_as_uint(values[i * 4 + 2]), __float_as_uint(values[i * 4 + 3])};
  }
}
template <class Half>
LATHE_DEVICE void store_eight(Half* to, const float (&values)[8]) {
  *reinterpret_cast<Vec4*>(to) = {
      Numeric<Half>::pack(values[0], values[1]), Numeric<Half>::pack(values[2], values[3]),
      Numeric<Half>::pack(values[4], values[5]), Numeric<Half>::pack(values[6], values[7])};
}

LATHE_DEVICE void add_eight(const Element* from, float (&values)[8]) {
  float more[8];
  load_eight(from, more);
#pragma unroll
  for (int i = 0; i < 8; ++i) values[i] += more[i];
}

// Of the results from column `column` on.
LATHE_DEVICE void finish_eight(const FinishParameters& p, i64 token, int column) {
  constexpr int kProducts = kGated ? 2 : 1;  // a result
  const Output* product = p.product + (token * kRows + column) * kProducts;
  float values[8];
  load_eight(product, values);
  if constexpr (kBias) add_eight(p.bias + column, values);
#pragma unroll
  for (int i = 0; i < 8; ++i) values[i] = activate(values[i]);
  if constexpr (kGated) {
    float others[8];
    load_eight(product + 8, others);
    if constexpr (kBias) add_eight(p.bias + kRows + column, others);
#pragma unroll
    for (int i = 0; i < 8; ++i) values[i] *= others[i];
  }
  if constexpr (kResidual) add_eight(p.residual + token * kRows + column, values);
  store_eight(p.y + token * kRows + column, values);
}

}  // namespace around_product

extern "C" __global__ void __launch_bounds__(256)
    unpack_weight(const __grid_constant__ UnpackParameters p) {
  const i64 chunk = element_of_thread() / 32;
  const int lane = threadIdx.x % 32;
  const bool inside = chunk < i64{kGroups} * kSteps;  // of the whole warp
  Vec4 pieces[4] = {};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (inside) pieces[i] = p.packed[chunk * 128 + i * 32 + lane];
  }
  wait_for_predecessor();
  if (!inside) return;
  const i64 row = chunk / kSteps * 16 + lane % 2 * 8 + lane / 4;
  Vec4* to = p.rows + row * (kSteps * 8) + chunk % kSteps * 8 + lane % 4 / 2;
#pragma unroll
  for (int i = 0; i < 4; ++i) to[i * 2] = around_product::turned(pieces[i]);
}

extern "C" __global__ void __launch_bounds__(256)
    finish_product(const __grid_constant__ FinishParameters p) {
  wait_for_predecessor();
  const i64 eight = element_of_thread();
  constexpr int kEights = kRows / 8;  // a token
  if (eight >= p.tokens * kEights) return;
  around_product::finish_eight(p, eight / kEights, static_cast<int>(eight % kEights) * 8);
}
