// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/error.h"
#include "lathe/kernels/bench/read_probe.h"
#include "lathe/kernels/cpu/simd_avx2.h"

namespace lathe::kernels {

namespace {

constexpr int64_t kLine = 64;

template <int kStreams>
uint64_t read_streams(const std::byte* from, const ReadPattern& pattern) {
  Avx2::Ints sums[kStreams];
  for (Avx2::Ints& sum : sums) sum = Avx2::zero_ints();
  const int64_t each = pattern.chunk_bytes / kStreams;
  for (int64_t at = 0; at < each; at += kLine) {
#pragma GCC unroll 8
    for (int stream = 0; stream < kStreams; ++stream) {
      const std::byte* line = from + stream * each + at;
      if (pattern.ahead_bytes > 0) __builtin_prefetch(line + pattern.ahead_bytes);
      sums[stream] = Avx2::bit_xor(sums[stream], Avx2::load_ints(line));
    }
  }
  Avx2::Ints all = sums[0];
  for (int stream = 1; stream < kStreams; ++stream) all = Avx2::bit_xor(all, sums[stream]);
  const __m256i folded = _mm256_xor_si256(all.low, all.high);
  return static_cast<uint64_t>(_mm256_extract_epi64(folded, 0) ^ _mm256_extract_epi64(folded, 1) ^
                               _mm256_extract_epi64(folded, 2) ^ _mm256_extract_epi64(folded, 3));
}

}  // namespace

uint64_t read_chunk(const std::byte* from, const ReadPattern& pattern) {
  if (pattern.streams == 1) return read_streams<1>(from, pattern);
  if (pattern.streams == 4) return read_streams<4>(from, pattern);
  LATHE_CHECK(pattern.streams == 8, "streams of a read pattern", pattern.streams);
  return read_streams<8>(from, pattern);
}

}  // namespace lathe::kernels
