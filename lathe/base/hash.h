// SPDX-License-Identifier: Apache-2.0
// XXH3, 64 bits: fingerprints of headers, manifests and token blocks. Fast, stable across machines,
// and no protection against an attacker who chooses the input.
//
//   Hasher hasher;
//   hasher.add("model.norm.weight").add(576);
//   std::string id = hex64(hasher.digest());
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lathe {

uint64_t hash64(std::span<const std::byte> bytes);

// Hashes a sequence of values; each is framed, so that ("ab", "c") differs from ("a", "bc").
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher& add(std::string_view text);
  Hasher& add(uint64_t value);
  uint64_t digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hex64(uint64_t value);  // 16 lower-case digits

}  // namespace lathe
