// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/random.h"

namespace lathe {

std::array<uint32_t, 4> philox(uint64_t seed, uint64_t stream, uint64_t counter) {
  std::array<uint32_t, 4> c = {static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32),
                               static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)};
  auto key0 = static_cast<uint32_t>(seed);
  auto key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ key0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ key1, static_cast<uint32_t>(p0)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return c;
}

float uniform_at(uint64_t seed, uint64_t stream, uint64_t index) {
  return static_cast<float>(philox(seed, stream, index)[0] >> 8) * 0x1p-24f;
}

float normal_at(uint64_t seed, uint64_t stream, uint64_t index) {
  const std::array<uint32_t, 4> words = philox(seed, stream, index);
  int32_t sum = 0;
  for (int w = 0; w < 3; ++w) {
    for (int shift = 0; shift < 32; shift += 8) {
      sum += static_cast<int32_t>((words[static_cast<size_t>(w)] >> shift) & 255);
    }
  }
  // Twelve uniform bytes: mean 12 * 127.5, variance 12 * (256^2 - 1) / 12 = 65535.
  return static_cast<float>(2 * sum - 3060) * (0.5f / 255.998047f);
}

uint64_t stream_of(const char* name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (; *name != '\0'; ++name) {
    hash = (hash ^ static_cast<unsigned char>(*name)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace lathe
