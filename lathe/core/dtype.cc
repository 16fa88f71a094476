// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/dtype.h"

#include <array>

namespace lathe {
namespace {

struct DTypeRow {
  DType dtype;
  std::string_view name;
  int bits;
};

constexpr std::array<DTypeRow, 11> kRows = {{{DType::kF32, "f32", 32},
                                             {DType::kF16, "f16", 16},
                                             {DType::kBf16, "bf16", 16},
                                             {DType::kI8, "i8", 8},
                                             {DType::kU8, "u8", 8},
                                             {DType::kI32, "i32", 32},
                                             {DType::kI64, "i64", 64},
                                             {DType::kBool, "bool", 8},
                                             {DType::kU4, "u4", 4},
                                             {DType::kF8E4M3, "f8e4m3", 8},
                                             {DType::kState, "state", 0}}};

constexpr auto kAll = [] {
  std::array<DType, kRows.size()> all{};
  for (size_t i = 0; i < kRows.size(); ++i) all[i] = kRows[i].dtype;
  return all;
}();

const DTypeRow& row_of(DType dtype) { return kRows[static_cast<size_t>(dtype) - 1]; }

}  // namespace

std::span<const DType> enum_values(DType) { return kAll; }
std::string_view to_string(DType dtype) { return row_of(dtype).name; }
int bits_of(DType dtype) { return row_of(dtype).bits; }

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const DTypeRow& row : kRows) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

bool is_floating(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBf16 ||
         dtype == DType::kF8E4M3;
}

bool is_integer(DType dtype) {
  return dtype == DType::kI8 || dtype == DType::kU8 || dtype == DType::kI32 ||
         dtype == DType::kI64 || dtype == DType::kU4;
}

}  // namespace lathe
