// SPDX-License-Identifier: Apache-2.0
// The dense tile for any Simd (cpu/simd_avx2.h): rows times vectors of 16 lanes, all sums in
// registers, every sum a chain of fused multiply-adds over ascending k.
//
// Per column: `kVectors` loads and widenings of weights, one broadcast a row, rows * kVectors
// multiply-adds. Bound: the multiply-adds from some 8 rows on, the reading of weights below.
#pragma once

#include "lathe/kernels/linear/tiles.h"

namespace lathe::kernels {
namespace {

template <class Simd, int kRows, int kVectors>
struct DenseSums {
  static constexpr int kRowCount = kRows;
  typename Simd::Floats value[kRows][kVectors];

  [[gnu::always_inline]] void load(const float* sums) {
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        value[r][v] = Simd::load(sums + r * kPanelRows + v * kVectorLanes);
      }
    }
  }
  [[gnu::always_inline]] void store(float* sums) const {
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        Simd::store(sums + r * kPanelRows + v * kVectorLanes, value[r][v]);
      }
    }
  }
  // One column: x of the rows, times the column's weights.
  [[gnu::always_inline]] void add(const float* x,
                                  const typename Simd::Floats (&weights)[kVectors]) {
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const typename Simd::Floats factor = Simd::all(x[r]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        value[r][v] = Simd::fma(factor, weights[v], value[r][v]);
      }
    }
  }
};

// How far ahead weights are asked for, in bytes: into the L2 from memory, beyond what the hardware
// fetches by itself, and from there into the L1; where rows are many, which do enough with a line
// to wait for none, into the L1 at once.
inline constexpr int64_t kNearBytes = 1024;
inline constexpr int64_t kFarBytes = 4096;
inline constexpr int64_t kOnlyBytes = 2048;
inline constexpr int kMostMemoryBoundRows = 4;

// The lines of kBytes of each panel.
template <int64_t kBytes, int kRows, int kVectors>
[[gnu::always_inline]] inline void prefetch(const DenseTile& tile, const std::byte* weights) {
#pragma GCC unroll 4
  for (int panel = 0; panel < (kVectors + 1) / 2; ++panel) {
    const std::byte* from = weights + panel * tile.panel_bytes;
#pragma GCC unroll 2
    for (int64_t line = 0; line < kBytes; line += 64) {
      if constexpr (kRows <= kMostMemoryBoundRows) {
        __builtin_prefetch(from + kFarBytes + line, 0, 2);
        __builtin_prefetch(from + kNearBytes + line, 0, 3);
      } else {
        __builtin_prefetch(from + kOnlyBytes + line, 0, 3);
      }
    }
  }
}

// The weights of vector v: two of a panel, then those of the panel behind it.
template <int64_t kVectorBytes>
[[gnu::always_inline]] inline const std::byte* vector_at(const DenseTile& tile,
                                                         const std::byte* weights, int v) {
  return weights + v / 2 * tile.panel_bytes + v % 2 * kVectorBytes;
}

template <class Simd>
struct F32Columns {
  // From the weights of one vector to those of the next.
  static constexpr int64_t kVectorBytes = kVectorLanes * 4;
  template <class Sums, int kVectors>
  [[gnu::always_inline]] static void run(const DenseTile& tile, const std::byte* weights,
                                         int64_t rows, Sums& sums) {
    const float* x = tile.x;
    for (int64_t k = 0; k < tile.cols; ++k, x += rows, weights += kPanelRows * 4) {
      prefetch<kPanelRows * 4, Sums::kRowCount, kVectors>(tile, weights);
      typename Simd::Floats w[kVectors];
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        w[v] =
            Simd::load(reinterpret_cast<const float*>(vector_at<kVectorBytes>(tile, weights, v)));
      }
      sums.add(x, w);
    }
  }
};

template <class Simd>
struct F16Columns {
  static constexpr int64_t kVectorBytes = kVectorLanes * 2;
  template <class Sums, int kVectors>
  [[gnu::always_inline]] static void run(const DenseTile& tile, const std::byte* weights,
                                         int64_t rows, Sums& sums) {
    const float* x = tile.x;
    for (int64_t k = 0; k < tile.cols; ++k, x += rows, weights += kPanelRows * 2) {
      prefetch<kPanelRows * 2, Sums::kRowCount, kVectors>(tile, weights);
      typename Simd::Floats w[kVectors];
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        w[v] = Simd::load_half(vector_at<kVectorBytes>(tile, weights, v));
      }
      sums.add(x, w);
    }
  }
};

// Two columns side by side in each lane's 32 bits: the even one is the low half. A bf16 is the high
// half of its f32, so that widening costs one shift or one mask.
template <class Simd>
struct Bf16Columns {
  static constexpr int64_t kVectorBytes = kVectorLanes * 4;
  template <class Sums, int kVectors>
  [[gnu::always_inline]] static void run(const DenseTile& tile, const std::byte* weights,
                                         int64_t rows, Sums& sums) {
    const typename Simd::Ints high = Simd::all_ints(static_cast<int32_t>(0xffff0000));
    const float* x = tile.x;
    for (int64_t k = 0; k < tile.cols; k += 2, weights += kPanelRows * 4) {
      prefetch<kPanelRows * 4, Sums::kRowCount, kVectors>(tile, weights);
      typename Simd::Floats even[kVectors], odd[kVectors];
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        const typename Simd::Ints pair = Simd::load_ints(vector_at<kVectorBytes>(tile, weights, v));
        even[v] = Simd::as_floats(Simd::template shift_left<16>(pair));
        odd[v] = Simd::as_floats(Simd::bit_and(pair, high));
      }
      sums.add(x, even);
      x += rows;
      if (k + 1 == tile.cols) return;
      sums.add(x, odd);
      x += rows;
    }
  }
};

// One row times several panels side by side, which memory delivers faster than one after the other.
// The sums of panel p from tile.sums + p * kPanelRows on.
template <class Simd, template <class> class Columns, int kPanels>
void dense_row(const DenseTile& tile) {
  constexpr int kVectors = kPanels * (kPanelRows / kVectorLanes);
  DenseSums<Simd, 1, kVectors> sums;
  sums.load(tile.sums);
  Columns<Simd>::template run<DenseSums<Simd, 1, kVectors>, kVectors>(tile, tile.panel, 1, sums);
  sums.store(tile.sums);
}

// All 32 lanes at once where the registers hold them, else 16 at a time.
template <class Simd, template <class> class Columns, int kRows, int kVectors>
void dense_tile(const DenseTile& tile) {
  for (int64_t v = 0; v < kPanelRows / kVectorLanes; v += kVectors) {
    DenseSums<Simd, kRows, kVectors> sums;
    sums.load(tile.sums + v * kVectorLanes);
    Columns<Simd>::template run<DenseSums<Simd, kRows, kVectors>, kVectors>(
        tile, tile.panel + v * Columns<Simd>::kVectorBytes, kRows, sums);
    sums.store(tile.sums + v * kVectorLanes);
  }
}

}  // namespace
}  // namespace lathe::kernels
