// SPDX-License-Identifier: Apache-2.0
// Typed reads of the metadata keys that start with the architecture's name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lathe/base/gguf.h"

namespace lathe::weights {

class GgufFields {
 public:
  GgufFields(const Gguf& gguf, std::string_view architecture)
      : gguf_(gguf), prefix_(std::string(architecture) + ".") {}

  // The value of "<architecture>.<key>", null where absent.
  const GgufValue* find(std::string_view key) const {
    return gguf_.find(prefix_ + std::string(key));
  }
  std::string name_of(std::string_view key) const { return prefix_ + std::string(key); }

  // A size: 1 … 2^31-1. Throws kCorrupt naming the key.
  int64_t count(std::string_view key) const;
  std::optional<int64_t> find_count(std::string_view key) const;
  // A positive finite number.
  double positive(std::string_view key) const;
  std::optional<double> find_positive(std::string_view key) const;
  std::optional<std::string> find_text(std::string_view key) const;

 private:
  const GgufValue& at(std::string_view key) const;
  const Gguf& gguf_;
  std::string prefix_;
};

}  // namespace lathe::weights
