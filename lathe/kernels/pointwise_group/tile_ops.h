// SPDX-License-Identifier: Apache-2.0
// What the steps of a tile program are made of: functions on tiles, a few hundred elements of one
// value each. Those on floats are compiled once an ISA class and give the same bits in each.
#pragma once

#include <array>
#include <cstdint>

#include "lathe/core/dtype.h"
#include "lathe/ops/elementwise.h"

namespace lathe::kernels {

// What a value's elements lie in a tile as, whatever they are in memory.
enum class Lane : uint8_t {
  kFloat,    // f32, for every floating dtype
  kInteger,  // int64_t, for every integer dtype
  kBool,     // int32_t, all ones or zero
};

Lane lane_of(DType dtype);
int64_t lane_bytes(Lane lane);

// Tiles start at multiples of 64 bytes and have whole groups of so many elements.
inline constexpr int64_t kTileGroup = 16;

// y[i] = f(a[i], b[i], c[i]) for i below `count`, a multiple of kTileGroup. Operands that f does
// not have are null. y may be an operand whose lanes are as wide.
using TileFunction = void (*)(void* y, const void* a, const void* b, const void* c, int64_t count);

// Null where there is no such function. In the order of their enums.
struct FloatTileOps {
  std::array<TileFunction, 22> unary;
  std::array<TileFunction, 10> binary;
  std::array<TileFunction, 6> compare;  // floats -> bools
  TileFunction where;                   // bools, floats (or bools), floats (or bools)
  TileFunction round_to_bf16;
  TileFunction round_to_f16;
};
extern const FloatTileOps kAvx2TileOps;
extern const FloatTileOps kAvx512TileOps;

struct IntegerTileOps {
  std::array<TileFunction, 22> unary;
  std::array<TileFunction, 10> binary;
  std::array<TileFunction, 6> compare;  // integers -> bools
  TileFunction where;                   // bools, integers, integers
};
extern const IntegerTileOps kIntegerTileOps;

struct BoolTileOps {
  std::array<TileFunction, 22> unary;
  std::array<TileFunction, 10> binary;
  std::array<TileFunction, 6> compare;
};
extern const BoolTileOps kBoolTileOps;

// A value's lanes as those of `dtype`, as ops::Cast says; null where the lanes are the same already
// (floats are rounded by round_function).
TileFunction cast_function(DType from, DType dtype);
// Brings the results of arithmetic back into `dtype`: floats round, integers wrap. Null for f32,
// i64 and bool.
TileFunction round_function(const FloatTileOps& floats, DType dtype);

// Where each lane calls libm, the same on every ISA class.
void log_tile(void* y, const void* a, const void* b, const void* c, int64_t count);
void sin_tile(void* y, const void* a, const void* b, const void* c, int64_t count);
void cos_tile(void* y, const void* a, const void* b, const void* c, int64_t count);
void pow_tile(void* y, const void* a, const void* b, const void* c, int64_t count);

}  // namespace lathe::kernels
