// SPDX-License-Identifier: Apache-2.0
// The counter-based generator of lathe/base/random.h: the same bits as on the host.
#pragma once

#include "lathe/kernels/ptx/types.cuh"

LATHE_DEVICE Vec4 philox(u64 seed, u64 stream, u64 counter) {
  u32 c0 = static_cast<u32>(counter), c1 = static_cast<u32>(counter >> 32);
  u32 c2 = static_cast<u32>(stream), c3 = static_cast<u32>(stream >> 32);
  u32 key0 = static_cast<u32>(seed), key1 = static_cast<u32>(seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const u64 p0 = u64{0xD2511F53} * c0, p1 = u64{0xCD9E8D57} * c2;
    c0 = static_cast<u32>(p1 >> 32) ^ c1 ^ key0;
    c2 = static_cast<u32>(p0 >> 32) ^ c3 ^ key1;
    c1 = static_cast<u32>(p1);
    c3 = static_cast<u32>(p0);
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return {c0, c1, c2, c3};
}

LATHE_DEVICE int byte_sum(u32 word) {
  return static_cast<int>((word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24));
}

// Approximately normal(0, 1).
LATHE_DEVICE float normal_at(u64 seed, u64 stream, u64 index) {
  const Vec4 words = philox(seed, stream, index);
  const int sum = byte_sum(words.x) + byte_sum(words.y) + byte_sum(words.z);
  return __fmul_rn(static_cast<float>(2 * sum - 3060), 0.5f / 255.998047f);
}
