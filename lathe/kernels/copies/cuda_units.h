// SPDX-License-Identifier: Apache-2.0
// The unit in which bytes are moved on a GPU, and the entry that moves such units (ptx/units.cuh).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace lathe::kernels {

// Of 1, 2, 4, 8 and 16 bytes.
using UnitEntries = std::array<std::string_view, 5>;

// The largest unit that divides all of these: lengths in bytes, addresses.
inline int64_t unit_bytes(std::initializer_list<int64_t> values) {
  int64_t all = 16;
  for (const int64_t value : values) all |= value;
  return all & -all;
}
inline int64_t address_of(const void* pointer) {
  return static_cast<int64_t>(reinterpret_cast<uintptr_t>(pointer));
}
inline std::string_view entry_for(const UnitEntries& entries, int64_t unit) {
  return entries[static_cast<size_t>(std::countr_zero(static_cast<uint64_t>(unit)))];
}

}  // namespace lathe::kernels
