// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "lathe/kernels/linear/pack_x.h"

namespace lathe::kernels {

namespace {

constexpr int64_t kSide = 8;  // of the squares that are transposed in registers

struct Square {
  __m256 row[kSide];
};

// Up to 8 rows of 8 columns; rows that are missing are zero.
Square load_square(const float* x, int64_t rows, int64_t stride) {
  Square out;
  for (int64_t r = 0; r < kSide; ++r) {
    out.row[r] = r < rows ? _mm256_loadu_ps(x + r * stride) : _mm256_setzero_ps();
  }
  return out;
}

Square transpose(const Square& in) {
  Square pairs, fours, out;
  for (int i = 0; i < kSide; i += 2) {
    pairs.row[i] = _mm256_unpacklo_ps(in.row[i], in.row[i + 1]);
    pairs.row[i + 1] = _mm256_unpackhi_ps(in.row[i], in.row[i + 1]);
  }
  for (int i = 0; i < kSide; i += 4) {
    for (int j = 0; j < 2; ++j) {
      fours.row[i + 2 * j] = _mm256_shuffle_ps(pairs.row[i + j], pairs.row[i + j + 2], 0x44);
      fours.row[i + 2 * j + 1] = _mm256_shuffle_ps(pairs.row[i + j], pairs.row[i + j + 2], 0xee);
    }
  }
  for (int i = 0; i < kSide / 2; ++i) {
    out.row[i] = _mm256_permute2f128_ps(fours.row[i], fours.row[i + 4], 0x20);
    out.row[i + 4] = _mm256_permute2f128_ps(fours.row[i], fours.row[i + 4], 0x31);
  }
  return out;
}

__m256i first_lanes(int64_t count) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes);
}

void regroup_square(const float* x, int64_t rows, int64_t cols, int64_t first_row, float* out) {
  const int64_t count = std::min(kSide, rows - first_row);
  const Square square = transpose(load_square(x + first_row * cols, count, cols));
  const __m256i lanes = first_lanes(count);
  for (int64_t k = 0; k < kSide; ++k) {
    _mm256_maskstore_ps(out + k * rows + first_row, lanes, square.row[k]);
  }
}

// The sum of 32 signed bytes.
int32_t sum_of(const int8_t* codes) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
  const __m256i words = _mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes);
  const __m256i sums = _mm256_madd_epi16(words, _mm256_set1_epi16(1));
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

template <class T>
void put(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(value));
}

}  // namespace

void regroup_columns(const float* x, int64_t rows, int64_t cols, ColumnRange range, float* out) {
  int64_t k = range.begin;
  for (; k + kSide <= range.end; k += kSide) {
    for (int64_t r = 0; r < rows; r += kSide) regroup_square(x + k, rows, cols, r, out + k * rows);
  }
  for (; k < range.end; ++k) {
    for (int64_t r = 0; r < rows; ++r) out[k * rows + r] = x[r * cols + k];
  }
}

void pack_block(const int8_t* codes, float scale, int32_t code_offset, const PackedRow& to) {
  std::byte* const word = to.block + to.row * 4;
  for (int64_t vector = 0; vector < kBlockCols / 4; ++vector) {
    std::memcpy(word + vector * to.rows * 4, codes + vector * 4, 4);
  }
  const int32_t sum = sum_of(codes);
  put(word + to.rows * kBlockCols, kIntegerBias - code_offset * sum);
  put(word + to.rows * (kBlockCols + 4), scale);
  put(word + to.rows * (kBlockCols + 8), static_cast<float>(sum));
}

}  // namespace lathe::kernels
