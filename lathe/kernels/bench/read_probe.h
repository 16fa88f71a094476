// SPDX-License-Identifier: Apache-2.0
// How fast memory can be read: the ways to read a run of it that the ceiling is the best of.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lathe::kernels {

// So many streams side by side, each asked for so far ahead; a thread takes a chunk at a time.
// Which way is fastest depends on the working set and on the machine's own prefetchers; kernels are
// free to use any.
struct ReadPattern {
  int64_t streams;  // 1, 4 or 8
  int64_t ahead_bytes;
  int64_t chunk_bytes;  // a multiple of 64 * streams
};

inline constexpr int64_t kSmallestReadChunk = 1 << 16, kLargestReadChunk = 1 << 20;
inline constexpr ReadPattern kReadPatterns[] = {
    {1, 0, 1 << 16},    {1, 4096, 1 << 16}, {4, 1024, 1 << 16}, {8, 512, 1 << 16},
    {1, 4096, 1 << 20}, {4, 2048, 1 << 20}, {8, 1024, 1 << 20},
};

// Reads a chunk from the start of a line of 64 bytes; returns something that depends on all of it.
uint64_t read_chunk(const std::byte* from, const ReadPattern& pattern);

}  // namespace lathe::kernels
