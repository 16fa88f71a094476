// SPDX-License-Identifier: Apache-2.0
// The product that attention is made of: a few rows times a matrix whose rows are vectors. Sums
// stay in registers: 6 x 4 vectors of AVX-512, 6 x 1 of AVX2 (two registers each); each runs over
// ascending k in one accumulator.
#pragma once

#include "lathe/kernels/cpu/unroll.h"
#include "lathe/kernels/cpu/vector.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

#ifdef __AVX512F__
inline constexpr int kProductRows = 6;
inline constexpr int kProductVectors = 4;
#else
inline constexpr int kProductRows = 6;
inline constexpr int kProductVectors = 1;
#endif

// y[r, c] = sum of a[r][k] * b[k][c] for k in [begin, end), c in [0, cols).
struct Product {
  const float* const* a;  // a pointer a row
  const float* const* b;  // a pointer a k; rows are whole vectors
  int64_t begin = 0;
  int64_t end = 0;
  int64_t cols = 0;  // a multiple of 16
  float* y = nullptr;
  int64_t y_stride = 0;
};

template <int kRows, int kVectors>
void multiply_tile(const Product& product, int64_t row, int64_t col) {
  F32x16 sums[kRows][kVectors];
  unroll<kRows>([&](auto r) __attribute__((always_inline)) {
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) { sums[r][v] = zeros(); });
  });
  for (int64_t k = product.begin; k < product.end; ++k) {
    const float* b = product.b[k] + col;
    F32x16 columns[kVectors];
    unroll<kVectors>([&](auto v)
                         __attribute__((always_inline)) { columns[v] = load(b + v * kVector); });
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      const F32x16 x = broadcast(product.a[row + r][k]);
      unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
        sums[r][v] = fma(x, columns[v], sums[r][v]);
      });
    });
  }
  unroll<kRows>([&](auto r) __attribute__((always_inline)) {
    float* y = product.y + (row + r) * product.y_stride + col;
    unroll<kVectors>([&](auto v)
                         __attribute__((always_inline)) { store(y + v * kVector, sums[r][v]); });
  });
}

template <int kRows>
void multiply_rows(const Product& product, int64_t row) {
  int64_t col = 0;
  for (; col + kProductVectors * kVector <= product.cols; col += kProductVectors * kVector) {
    multiply_tile<kRows, kProductVectors>(product, row, col);
  }
  for (; col < product.cols; col += kVector) multiply_tile<kRows, 1>(product, row, col);
}

// The last rows, fewer than kProductRows.
template <int kRows = kProductRows - 1>
void multiply_rest(const Product& product, int64_t row, int64_t rows) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return multiply_rows<kRows>(product, row);
    multiply_rest<kRows - 1>(product, row, rows);
  }
}

inline void multiply(const Product& product, int64_t rows) {
  int64_t row = 0;
  for (; row + kProductRows <= rows; row += kProductRows) multiply_rows<kProductRows>(product, row);
  multiply_rest(product, row, rows - row);
}

}  // namespace
}  // namespace lathe::kernels
