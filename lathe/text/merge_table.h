// SPDX-License-Identifier: Apache-2.0
// Which two neighbouring tokens may become one, and how urgently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lathe::text {

struct Merge {
  int32_t rank;  // the smallest goes first
  int32_t id;    // what the two become
};

// A hash table with open addressing: one cache line a lookup, nearly always.
class MergeTable {
 public:
  explicit MergeTable(size_t num_merges = 0);

  // The first of two entries for a pair stays. No more entries than announced.
  void add(int32_t left, int32_t right, Merge merge);
  const Merge* find(int32_t left, int32_t right) const;  // null where the two do not merge

 private:
  struct Slot {
    uint64_t pair = kEmpty;
    Merge merge{};
  };
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  size_t slot_of(uint64_t pair) const;
  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  int shift_;                // leaves as many bits of a hash as number the slots
};

}  // namespace lathe::text
