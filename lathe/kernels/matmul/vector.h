// SPDX-License-Identifier: Apache-2.0
// matmul of f32. A thread takes 64 columns of one result and all of its rows, a few rows by sixteen
// columns at a time in registers, k ascending with fused multiply-adds (kernels/README.md, order
// 1). b is read where it lies: its 64 columns stay in a cache while the rows go by. For weights,
// which can be packed, there is `linear`.
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/unroll.h"
#include "lathe/kernels/cpu/vector.h"
#include "lathe/kernels/cpu/vector_transpose.h"
#include "lathe/kernels/kernel.h"
#include "lathe/kernels/matmul/stack.h"
#include "lathe/ops/matmul.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

constexpr int64_t kPanel = 64;  // columns of a thread's share
// Of a tile: eight sums hide the latency of a multiply-add; on AVX2 each takes two registers.
constexpr int kMostRows = std::is_same_v<Simd, Avx2> ? 4 : 8;

// One product, all matrices row-major.
struct Product {
  const float* a;  // [m, k]
  const float* b;  // [k, n], or [n, k]
  float* y;        // [m, n]
  int64_t m, k, n;
};

// Up to sixteen columns of b. Calls f(k, b[k]) with k ascending; lanes beyond the last column are
// 0.
struct PlainColumns {
  const float* first;
  int64_t stride;
  int64_t columns;

  template <class F>
  void for_rows(int64_t count, F&& f) const {
    for (int64_t k = 0; k < count; ++k) f(k, load(first + k * stride, columns));
  }
};

// The same of a transposed b: sixteen k at a time, turned in registers.
struct TurnedColumns {
  const float* first;
  int64_t stride;
  int64_t columns;

  template <class F>
  void for_rows(int64_t count, F&& f) const {
    F32x16 rows[16];
    for (int64_t k = 0; k < count; k += 16) {
      const int64_t left = std::min<int64_t>(16, count - k);
      for (int64_t column = 0; column < 16; ++column) {
        rows[column] = column < columns ? load(first + column * stride + k, left) : zeros();
      }
      transpose(rows);
      for (int64_t i = 0; i < left; ++i) f(k + i, rows[i]);
    }
  }
};

template <int kRows, class Columns>
void multiply_tile(const Product& product, const Columns& b, int64_t row, float* y) {
  F32x16 sums[kRows];
  unroll<kRows>([&](auto r) __attribute__((always_inline)) { sums[r] = zeros(); });
  const float* a = product.a + row * product.k;
  b.for_rows(
      product.k, [&](int64_t k, F32x16 values) __attribute__((always_inline)) {
        unroll<kRows>([&](auto r) __attribute__((always_inline)) {
          sums[r] = fma(broadcast(a[r * product.k + k]), values, sums[r]);
        });
      });
  unroll<kRows>([&](auto r) __attribute__((always_inline)) {
    store(y + (row + r) * product.n, sums[r], b.columns);
  });
}

template <class Columns>
using Tile = void (*)(const Product&, const Columns&, int64_t row, float* y);

// Tiles of 1, 2, … rows.
template <class Columns, int... kRows>
constexpr std::array<Tile<Columns>, sizeof...(kRows)> tiles(std::integer_sequence<int, kRows...>) {
  return {multiply_tile<kRows + 1, Columns>...};
}

// All rows of up to sixteen columns.
template <class Columns>
void multiply_columns(const Product& product, const Columns& b, float* y) {
  constexpr auto kTiles = tiles<Columns>(std::make_integer_sequence<int, kMostRows>());
  for (int64_t row = 0; row < product.m; row += kMostRows) {
    const int64_t rows = std::min<int64_t>(kMostRows, product.m - row);
    kTiles[static_cast<size_t>(rows - 1)](product, b, row, y);
  }
}

inline void multiply_panel(const Product& product, bool transposed, int64_t begin) {
  const int64_t end = std::min(begin + kPanel, product.n);
  for (int64_t column = begin; column < end; column += kVector) {
    const int64_t left = std::min(kVector, product.n - column);
    if (transposed) {
      const TurnedColumns b{product.b + column * product.k, product.k, left};
      multiply_columns(product, b, product.y + column);
    } else {
      multiply_columns(product, PlainColumns{product.b + column, product.n, left},
                       product.y + column);
    }
  }
}

inline void run_matmul(const KernelArgs& args) {
  const MatrixStack a(args.inputs[0]);
  const MatrixStack b(args.inputs[1]);
  const MatrixStack y(args.outputs[0]);
  const bool transposed = args.op.as<ops::MatMul>()->transpose_b;
  const std::span<const int64_t> stack = y.starts.shape();
  const int64_t m = y.matrix.size(0);
  const int64_t n = y.matrix.size(1);
  const int64_t k = a.matrix.size(1);
  const int64_t panels = (n + kPanel - 1) / kPanel;
  const int64_t grain = std::max<int64_t>(1, (int64_t{1} << 18) / (m * k * kPanel + 1));
  for_ranges(args.pool, y.starts.num_elements() * panels, grain, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t index = i / panels;
      const Product product{a.at(index, stack).as<float>(),
                            b.at(index, stack).as<float>(),
                            y.at(index, stack).as<float>(),
                            m,
                            k,
                            n};
      multiply_panel(product, transposed, i % panels * kPanel);
    }
  });
}

}  // namespace
}  // namespace lathe::kernels
