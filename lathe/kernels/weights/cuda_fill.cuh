// SPDX-License-Identifier: Apache-2.0
// Canonical rows of a weight, or drawn ones, into a kernel's layout.
//
// Work: grid-stride over items. An item of a row-major target is one element, one of the mma
// layouts (kernels/mma_layout.h) four columns of a row, a warp's 8 rows x 16 columns, so that
// sources are read in whole sectors. Bytes: source and target once. Bound: the link from the host;
// drawn rows: integer arithmetic.
//
// The prelude gives: Element, and Place: RowsPlace, MmaPlace<false> or MmaPlace<true>.
#pragma once

#include "lathe/kernels/ptx/random.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct FillParameters {
  const void* values;
  const void* scales;
  const void* minimums;
  void* out;
  i64 first_row, rows;
  i64 target_rows, columns;
  i64 block_columns;
  u64 seed, stream, index;
  float mean, deviation, offset;
};

// --- where values come from: load(parameters, index of the element in the slice) ---

template <class T>
struct PlainRows {
  static LATHE_DEVICE float load(const FillParameters& p, i64 element) {
    return Numeric<T>::load(static_cast<const T*>(p.values)[element]);
  }
};

struct ByteCodes {
  static LATHE_DEVICE float code(const void* values, i64 element) {
    return static_cast<float>(static_cast<const signed char*>(values)[element]);
  }
};
struct NibbleCodes {  // the low one first
  static LATHE_DEVICE float code(const void* values, i64 element) {
    const u32 byte = static_cast<const unsigned char*>(values)[element / 2];
    return static_cast<float>(byte >> (element % 2 * 4) & 15);
  }
};
// (code - offset) * scale + minimum, in that order, as the host computes it: no fused product.
template <class Codes>
struct CodedRows {
  static LATHE_DEVICE float load(const FillParameters& p, i64 element) {
    const i64 block = element / p.block_columns;
    const float scale = Numeric<Fp16>::load(static_cast<const Fp16*>(p.scales)[block]);
    const float value = __fmul_rn(Codes::code(p.values, element) - p.offset, scale);
    if (p.minimums == nullptr) return value;
    return __fadd_rn(value, Numeric<Fp16>::load(static_cast<const Fp16*>(p.minimums)[block]));
  }
};

struct DrawnRows {
  static LATHE_DEVICE float load(const FillParameters& p, i64 element) {
    const float normal = normal_at(p.seed, p.stream, p.index + static_cast<u64>(element));
    return __fadd_rn(p.mean, __fmul_rn(p.deviation, normal));
  }
};

// --- where they go ---

struct RowsPlace {
  static LATHE_DEVICE i64 items(const FillParameters& p) { return p.rows * p.columns; }
  template <class Rows>
  static LATHE_DEVICE void fill(const FillParameters& p, i64 item) {
    Element* out = static_cast<Element*>(p.out) + p.first_row * p.columns;
    out[item] = Numeric<Element>::store(Rows::load(p, item));
  }
};

template <bool kGated>
struct MmaPlace {
  static LATHE_DEVICE i64 blocks(const FillParameters& p) { return (p.columns + 63) / 64 * 4; }
  static LATHE_DEVICE i64 items(const FillParameters& p) {
    return (p.rows + 7) / 8 * blocks(p) * 32;
  }
  // Where row `row` of the weight lies among the packed ones.
  static LATHE_DEVICE i64 packed_row(const FillParameters& p, i64 row) {
    if constexpr (!kGated) return row;
    const i64 half = p.target_rows / 2, in_half = row % half;
    return in_half / 8 * 16 + (row < half ? 0 : 8) + in_half % 8;
  }
  template <class Rows>
  static LATHE_DEVICE u32 pair(const FillParameters& p, i64 row, i64 column) {
    const i64 element = row * p.columns + column;
    const float low = column < p.columns ? Rows::load(p, element) : 0;
    const float high = column + 1 < p.columns ? Rows::load(p, element + 1) : 0;
    return Numeric<Element>::pack(low, high);
  }
  template <class Rows>
  static LATHE_DEVICE void fill(const FillParameters& p, i64 item) {
    const i64 unit = item / 32, octet = unit / blocks(p), block = unit % blocks(p);
    const i64 row = octet * 8 + item % 32 / 4, t = item % 4;
    if (row >= p.rows) return;
    const i64 to = packed_row(p, p.first_row + row);
    const i64 lane = to % 8 * 4 + t;
    u32* words = static_cast<u32*>(p.out) + (to / 16 * blocks(p) + block) * 128 + lane * 4;
    const i64 column = block * 16 + t * 2;
    words[to % 16 / 8] = pair<Rows>(p, row, column);
    words[to % 16 / 8 + 2] = pair<Rows>(p, row, column + 8);
  }
};

template <class Rows>
LATHE_DEVICE void fill(const FillParameters& p) {
  wait_for_predecessor();
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x, items = Place::items(p);
  for (i64 i = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x; i < items; i += stride) {
    Place::template fill<Rows>(p, i);
  }
}

#define LATHE_FILL(name, Rows)                         \
  extern "C" __global__ void __launch_bounds__(256)    \
      name(const __grid_constant__ FillParameters p) { \
    fill<Rows>(p);                                     \
  }
LATHE_FILL(fill_f32, PlainRows<float>)
LATHE_FILL(fill_f16, PlainRows<Fp16>)
LATHE_FILL(fill_bf16, PlainRows<Bf16>)
LATHE_FILL(fill_i8, CodedRows<ByteCodes>)
LATHE_FILL(fill_u4, CodedRows<NibbleCodes>)
LATHE_FILL(fill_drawn, DrawnRows)
