// SPDX-License-Identifier: Apache-2.0
// Which tokens a sequence holds, and how often its answer does: what penalties look at.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "lathe/exec/row_draw.h"

namespace lathe::runtime {

using exec::SeenToken;

class TokenCounts {
 public:
  void add_prompt(std::span<const int32_t> ids) {
    for (const int32_t id : ids) find_or_add(id);
  }
  void add_generated(int32_t id) { ++find_or_add(id).generated; }
  std::span<const SeenToken> seen() const { return seen_; }

 private:
  SeenToken& find_or_add(int32_t id) {
    const auto [found, added] = index_.try_emplace(id, seen_.size());
    if (added) seen_.push_back({.id = id});
    return seen_[found->second];
  }
  std::vector<SeenToken> seen_;
  std::unordered_map<int32_t, size_t> index_;
};

}  // namespace lathe::runtime
