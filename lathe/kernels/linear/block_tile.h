// SPDX-License-Identifier: Apache-2.0
// The tile over quantized x for any Simd and any way to multiply bytes (a Dot): 16 lanes hold the
// integer sums of 16 weight rows. A block's sums are exact, whatever the instructions; then
//   sum = fma(x_scale, fma(w_minimum, sum of x codes, w_scale * integer sum), sum)
// in ascending block order, like the reference.
//
// A panel's block: scales f16 [32], minimums f16 [32] where the format has them, codes of the first
// 16 rows, codes of the others. Codes of 16 rows: [vector][row][4] bytes, four neighbouring columns
// a row; two vectors share the nibbles of one where codes have 4 bits (vector v low, v + 4 high).
//
// The integers start at kIntegerBias, whose bits are those of a float: no conversion follows them.
//
// Per block, row and 16 lanes: 8 dot products of 4 bytes a lane (an instruction each on VNNI) and 2
// or 3 instructions to scale. Bound: reading weights where rows are few, then the dot products.
#pragma once

#include "lathe/kernels/linear/tiles.h"

namespace lathe::kernels {
namespace {

inline constexpr int kBlockVectors = 8;  // of 4 columns each

// How a format's block lies in a panel.
struct Bytes8 {
  static constexpr bool kHasMinimums = false;
  static constexpr int64_t kGroupBytes = 512;  // codes of 16 rows
  template <class Simd>
  struct Codes {
    const std::byte* from;
    [[gnu::always_inline]] typename Simd::Ints vector(int v) const {
      return Simd::load_ints(from + int64_t{v} * 64);
    }
  };
};

struct Nibbles {
  static constexpr bool kHasMinimums = false;
  static constexpr int64_t kGroupBytes = 256;
  template <class Simd>
  struct Codes {
    const std::byte* from;
    [[gnu::always_inline]] typename Simd::Ints vector(int v) const {
      const typename Simd::Ints pairs = Simd::load_ints(from + int64_t{v % 4} * 64);
      const typename Simd::Ints low = Simd::all_ints(0x0f0f0f0f);
      return Simd::bit_and(v < 4 ? pairs : Simd::template shift_right<4>(pairs), low);
    }
  };
};

struct NibblesAndMinimums : Nibbles {
  static constexpr bool kHasMinimums = true;
};

// Bytes whose products fit 16 bits pairwise: magnitudes times x with the code's sign.
template <class Simd>
struct SignedDot {
  static constexpr int32_t kCodeOffset = 0;
  using Ints = typename Simd::Ints;
  struct Weights {
    Ints codes, magnitudes;
  };
  [[gnu::always_inline]] static Weights prepare(Ints stored) {
    const Ints codes = Simd::bit_xor(stored, Simd::all_ints(static_cast<int32_t>(0x80808080)));
    return {codes, Simd::magnitude_bytes(codes)};
  }
  [[gnu::always_inline]] static Ints begin(Ints start) { return start; }
  [[gnu::always_inline]] static Ints step(Ints sum, const Weights& weights, Ints x) {
    const Ints pairs =
        Simd::multiply_bytes(weights.magnitudes, Simd::signed_like(weights.codes, x));
    return Simd::add_ints(sum, Simd::sum_words(pairs));
  }
  [[gnu::always_inline]] static Ints end(Ints sum, Ints) { return sum; }
};

// Codes of 4 bits: a whole block's sums fit 16 bits (8 vectors * 2 * 15 * 127 < 32768).
template <class Simd>
struct NibbleDot {
  using Ints = typename Simd::Ints;
  using Weights = Ints;
  [[gnu::always_inline]] static Weights prepare(Ints codes) { return codes; }
  [[gnu::always_inline]] static Ints begin(Ints) { return Simd::zero_ints(); }
  [[gnu::always_inline]] static Ints step(Ints sum, Ints weights, Ints x) {
    return Simd::add_words(sum, Simd::multiply_bytes(weights, x));
  }
  [[gnu::always_inline]] static Ints end(Ints sum, Ints start) {
    return Simd::add_ints(Simd::sum_words(sum), start);
  }
};

// One block's rows of x, see BlockTile.
template <class Simd, int kRows>
struct PackedX {
  const std::byte* at;
  [[gnu::always_inline]] typename Simd::Ints codes(int v, int row) const {
    return Simd::all_ints(word<int32_t>((v * kRows + row) * 4));
  }
  [[gnu::always_inline]] typename Simd::Ints start(int row) const {
    return Simd::all_ints(word<int32_t>(kRows * 32 + row * 4));
  }
  [[gnu::always_inline]] typename Simd::Floats scale(int row) const {
    return Simd::all(word<float>(kRows * 36 + row * 4));
  }
  [[gnu::always_inline]] typename Simd::Floats sum(int row) const {
    return Simd::all(word<float>(kRows * 40 + row * 4));
  }
  template <class T>
  [[gnu::always_inline]] T word(int offset) const {
    T out;
    __builtin_memcpy(&out, at + offset, sizeof(out));
    return out;
  }
};

// Adds one block of 16 lanes to the sums.
template <class Simd, class Dot, class Format, int kRows>
[[gnu::always_inline]] inline void add_block(const std::byte* scales, const std::byte* group,
                                             const PackedX<Simd, kRows>& x,
                                             typename Simd::Floats (&sums)[kRows]) {
  const typename Format::template Codes<Simd> codes{group};
  typename Simd::Ints integers[kRows];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) integers[r] = Dot::begin(x.start(r));
#pragma GCC unroll 8
  for (int v = 0; v < kBlockVectors; ++v) {
    const typename Dot::Weights weights = Dot::prepare(codes.vector(v));
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) integers[r] = Dot::step(integers[r], weights, x.codes(v, r));
  }
  const typename Simd::Floats scale = Simd::load_half(scales);
  // Exact for finite scales: 13 bits of them times 3 * 2^22. The fma below rounds once, as a
  // product does.
  const typename Simd::Floats bias = Simd::multiply(scale, Simd::all(-kIntegerBiasValue));
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    const typename Simd::Ints exact = Dot::end(integers[r], x.start(r));
    typename Simd::Floats scaled = Simd::fma(scale, Simd::as_floats(exact), bias);
    if constexpr (Format::kHasMinimums) {
      scaled = Simd::fma(Simd::load_half(scales + kPanelRows * 2), x.sum(r), scaled);
    }
    sums[r] = Simd::fma(x.scale(r), scaled, sums[r]);
  }
}

template <class Format>
constexpr int64_t panel_block_bytes() {
  return kPanelRows * (Format::kHasMinimums ? 4 : 2) + 2 * Format::kGroupBytes;
}

// Asks for the block that stands `ahead` bytes behind this one.
template <class Format>
[[gnu::always_inline]] inline void prefetch_block(const std::byte* block, int64_t ahead) {
  if (ahead == 0) return;
  for (int64_t line = 0; line < panel_block_bytes<Format>(); line += 64) {
    __builtin_prefetch(block + ahead + line, 0, 3);
  }
}

template <class Simd, class Dot, class Format, int kRows>
[[gnu::always_inline]] inline void add_group(const BlockTile& tile, int group) {
  constexpr int64_t kBlockBytes = panel_block_bytes<Format>();
  constexpr int64_t kCodes = kBlockBytes - 2 * Format::kGroupBytes;
  typename Simd::Floats sums[kRows];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) sums[r] = Simd::zero();
  const std::byte* block = tile.panel;
  PackedX<Simd, kRows> x{tile.x};
  for (int64_t b = 0; b < tile.blocks; ++b, block += kBlockBytes) {
    if (group == 0) prefetch_block<Format>(block, tile.ahead);
    add_block<Simd, Dot, Format, kRows>(block + group * kVectorLanes * 2,
                                        block + kCodes + group * Format::kGroupBytes, x, sums);
    x.at += kRows * kPackedBlockBytes;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    Simd::store(tile.sums + r * kPanelRows + group * kVectorLanes, sums[r]);
  }
}

// Few rows: both groups of a block while it is at hand, read once in order.
template <class Simd, class Dot, class Format, int kRows>
[[gnu::always_inline]] inline void add_both_groups(const BlockTile& tile) {
  constexpr int64_t kBlockBytes = panel_block_bytes<Format>();
  constexpr int64_t kCodes = kBlockBytes - 2 * Format::kGroupBytes;
  typename Simd::Floats first[kRows], second[kRows];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) first[r] = second[r] = Simd::zero();
  const std::byte* block = tile.panel;
  PackedX<Simd, kRows> x{tile.x};
  for (int64_t b = 0; b < tile.blocks; ++b, block += kBlockBytes) {
    prefetch_block<Format>(block, tile.ahead);
    add_block<Simd, Dot, Format, kRows>(block, block + kCodes, x, first);
    add_block<Simd, Dot, Format, kRows>(block + kVectorLanes * 2,
                                        block + kCodes + Format::kGroupBytes, x, second);
    x.at += kRows * kPackedBlockBytes;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    Simd::store(tile.sums + r * kPanelRows, first[r]);
    Simd::store(tile.sums + r * kPanelRows + kVectorLanes, second[r]);
  }
}

// Both groups where the registers hold a tile's sums of both.
template <class Simd, class Dot, class Format, int kRows>
void block_tile(const BlockTile& tile) {
  if constexpr (kRows <= 8) {
    add_both_groups<Simd, Dot, Format, kRows>(tile);
  } else {
    add_group<Simd, Dot, Format, kRows>(tile, 0);
    add_group<Simd, Dot, Format, kRows>(tile, 1);
  }
}

}  // namespace
}  // namespace lathe::kernels
