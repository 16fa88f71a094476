// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "lathe/base/error.h"

namespace lathe {

struct Hasher::State {
  XXH3_state_t xxh;
};

uint64_t hash64(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_64bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;

Hasher& Hasher::add(std::string_view text) {
  add(uint64_t{text.size()});
  XXH3_64bits_update(&state_->xxh, text.data(), text.size());
  return *this;
}

Hasher& Hasher::add(uint64_t value) {
  XXH3_64bits_update(&state_->xxh, &value, sizeof(value));
  return *this;
}

uint64_t Hasher::digest() const { return XXH3_64bits_digest(&state_->xxh); }

std::string hex64(uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(16, '0');
  for (size_t i = 16; i-- > 0; value >>= 4) out[i] = kDigits[value & 15];
  return out;
}

}  // namespace lathe
