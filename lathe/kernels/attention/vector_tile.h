// SPDX-License-Identifier: Apache-2.0
// One tile of 64 keys and values, widened to f32: keys transposed, so that 16 scores lie side by
// side; values row by row, in place where they are f32 already.
#pragma once

#include "lathe/kernels/attention/key_values.h"
#include "lathe/kernels/attention/limits.h"
#include "lathe/kernels/attention/visibility.h"
#include "lathe/kernels/cpu/element_type.h"
#include "lathe/kernels/cpu/vector_transpose.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline int64_t padded(int64_t head_dim) { return (head_dim + kVector - 1) / kVector * kVector; }

struct KvTile {
  alignas(64) float keys[kMaxHeadDim * kKvTile];    // [head_dim, 64]
  alignas(64) float values[kKvTile * kMaxHeadDim];  // [64, padded head_dim], unless in place
  const float* key_columns[kMaxHeadDim];            // rows of `keys`
  const float* value_rows[kKvTile];
  int64_t first = 0;  // position of the tile's first key
  int64_t begin = 0;  // keys [begin, end) of the tile are there
  int64_t end = 0;
};

// Sixteen keys by sixteen elements of each, from element `d` on, into the tile's columns.
template <class T>
void load_key_block(const KeyValueRows& rows, const int64_t* offsets, int64_t d, int64_t key,
                    KvTile& tile) {
  const T* from = static_cast<const T*>(rows.keys) + d;
  const int64_t left = rows.head_dim - d;
  const bool whole = left >= kVector && key >= tile.begin && key + kVector <= tile.end;
  F32x16 block[kVector];
  if (whole) {
    unroll<kVector>([&](auto i) __attribute__((always_inline)) {
      block[i] = load(from + offsets[key + i]);
    });
  } else {
    unroll<kVector>([&](auto i) __attribute__((always_inline)) {
      const bool there = key + i >= tile.begin && key + i < tile.end;
      block[i] = there ? load(from + offsets[key + i], left) : zeros();
    });
  }
  transpose(block);
  float* to = tile.keys + d * kKvTile + key;  // beyond head_dim lies padding
  unroll<kVector>([&](auto i)
                      __attribute__((always_inline)) { store(to + i * kKvTile, block[i]); });
}

template <class T>
void load_keys(const KeyValueRows& rows, const int64_t* offsets, KvTile& tile) {
  for (int64_t d = 0; d < rows.head_dim; d += kVector) {
    for (int64_t key = 0; key < kKvTile; key += kVector) {
      load_key_block<T>(rows, offsets, d, key, tile);
    }
  }
  for (int64_t d = 0; d < rows.head_dim; ++d) tile.key_columns[d] = tile.keys + d * kKvTile;
}

template <class T>
void load_values(const KeyValueRows& rows, const int64_t* offsets, KvTile& tile) {
  const int64_t width = padded(rows.head_dim);
  for (int64_t key = tile.begin; key < tile.end; ++key) {
    const T* row = static_cast<const T*>(rows.values) + offsets[key];
    if constexpr (std::is_same_v<T, float>) {
      tile.value_rows[key] = row;
      if (width == rows.head_dim) continue;
    }
    float* copy = tile.values + key * width;
    for (int64_t d = 0; d < width; d += kVector) store(copy + d, load(row + d, rows.head_dim - d));
    tile.value_rows[key] = copy;
  }
}

// The keys at `positions`, all of one tile.
inline void load_tile(const KeyValueRows& rows, const PositionRange& positions, KvTile& tile) {
  tile.first = positions.begin / kKvTile * kKvTile;
  tile.begin = positions.begin - tile.first;
  tile.end = positions.end - tile.first;
  int64_t offsets[kKvTile];
  for (int64_t key = tile.begin; key < tile.end; ++key) {
    offsets[key] = rows.offset(tile.first + key);
  }
  with_element(rows.dtype, [&]<class T>(T) {
    load_keys<T>(rows, offsets, tile);
    load_values<T>(rows, offsets, tile);
  });
}

}  // namespace
}  // namespace lathe::kernels
