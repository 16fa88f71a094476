// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: the value at an index depends on (seed, stream, index) alone, so it
// is the same on every device, in every order, with any number of threads. Philox4x32-10, Salmon et
// al., SC 2011.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lathe {

std::array<uint32_t, 4> philox(uint64_t seed, uint64_t stream, uint64_t counter);

// Uniform in [0, 1) with 24 bits.
float uniform_at(uint64_t seed, uint64_t stream, uint64_t index);

// Approximately normal(0, 1): the sum of the twelve bytes of three words, centred and scaled
// (Irwin-Hall). Integer arithmetic and one multiplication, so that CPU and GPU give the same bits.
float normal_at(uint64_t seed, uint64_t stream, uint64_t index);

// 64-bit FNV-1a of a name: the stream id of a tensor.
uint64_t stream_of(const char* name);

}  // namespace lathe
