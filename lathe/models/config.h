// SPDX-License-Identifier: Apache-2.0
// Typed reads of a config.json. Every error names the field, what was expected and what came.
//
//   const Config config(json);
//   const int64_t hidden = config.count("hidden_size");
//
// A field that is null counts as absent, as at Hugging Face.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lathe/base/json.h"
#include "lathe/ops/elementwise.h"

namespace lathe::models {

inline constexpr int64_t kMaxLayers = 1024;
inline constexpr int64_t kMaxSize = 1 << 24;  // of any dim: a hostile file cannot ask for more
inline constexpr int64_t kMaxHeadDim = 256;   // what attention kernels hold of one head

class Config {
 public:
  explicit Config(const Json& json) : json_(&json) {}

  const Json* find(std::string_view field) const;  // null where absent or null
  const Json& json() const { return *json_; }

  // A whole number from 1 to `most`. Throws kCorrupt.
  int64_t count(std::string_view field, int64_t most = kMaxSize) const;
  std::optional<int64_t> find_count(std::string_view field, int64_t most = kMaxSize) const;

  // A finite number above zero. Throws kCorrupt.
  double positive(std::string_view field) const;
  std::optional<double> find_positive(std::string_view field) const;

  bool flag(std::string_view field, bool absent) const;
  std::string text(std::string_view field, std::string_view absent) const;

  // Throws kUnsupported where the flag is set: `why` says what is not built.
  void refuse(std::string_view flag_field, std::string_view why) const;

 private:
  const Json* json_;
};

// The activation that a config calls by this name. Throws kUnsupported with the names known.
ops::UnaryKind activation(const Config& config, std::string_view field);

struct HeadShape {
  int64_t heads;
  int64_t kv_heads;  // divides heads
  int64_t head_dim;
};
// hidden_size / heads. Throws kCorrupt where it is no whole number.
int64_t equal_heads(int64_t hidden, int64_t heads);
// num_attention_heads, num_key_value_heads, head_dim or what hidden_size makes of it. Throws
// kCorrupt where they do not fit together, kUnsupported where a head is too large.
HeadShape head_shape(const Config& config, int64_t hidden);

}  // namespace lathe::models
