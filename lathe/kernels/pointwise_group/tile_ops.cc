// SPDX-License-Identifier: Apache-2.0
// The functions that are the same on every ISA class: integers, bools, casts, libm.
#include "lathe/kernels/pointwise_group/tile_ops.h"

#include <cmath>
#include <utility>

#include "lathe/core/tensor.h"
#include "lathe/kernels/cpu/arithmetic.h"

namespace lathe::kernels {

namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

constexpr int32_t mask(bool value) { return value ? -1 : 0; }

// y = f(a), y = f(a, b), y = f(a, b, c), lane by lane.
template <class Y, class A, class F>
void map(void* y, const void* a, int64_t count, F f) {
  for (int64_t i = 0; i < count; ++i) static_cast<Y*>(y)[i] = f(static_cast<const A*>(a)[i]);
}
template <class Y, class A, class F>
void map(void* y, const void* a, const void* b, int64_t count, F f) {
  for (int64_t i = 0; i < count; ++i) {
    static_cast<Y*>(y)[i] = f(static_cast<const A*>(a)[i], static_cast<const A*>(b)[i]);
  }
}

template <UnaryKind kKind>
void integer_unary(void* y, const void* a, const void*, const void*, int64_t count) {
  map<int64_t, int64_t>(y, a, count, [](int64_t x) { return apply(kKind, x); });
}
template <BinaryKind kKind>
void integer_binary(void* y, const void* a, const void* b, const void*, int64_t count) {
  map<int64_t, int64_t>(y, a, b, count,
                        [](int64_t left, int64_t right) { return apply(kKind, left, right); });
}
template <CompareKind kKind>
void integer_compare(void* y, const void* a, const void* b, const void*, int64_t count) {
  map<int32_t, int64_t>(
      y, a, b, count, [](int64_t left, int64_t right) { return mask(apply(kKind, left, right)); });
}
void integer_where(void* y, const void* a, const void* b, const void* c, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const auto* picked = static_cast<const int32_t*>(a)[i] != 0 ? b : c;
    static_cast<int64_t*>(y)[i] = static_cast<const int64_t*>(picked)[i];
  }
}

void bool_not(void* y, const void* a, const void*, const void*, int64_t count) {
  map<int32_t, int32_t>(y, a, count, [](int32_t x) { return ~x; });
}
void bool_and(void* y, const void* a, const void* b, const void*, int64_t count) {
  map<int32_t, int32_t>(y, a, b, count, [](int32_t left, int32_t right) { return left & right; });
}
void bool_or(void* y, const void* a, const void* b, const void*, int64_t count) {
  map<int32_t, int32_t>(y, a, b, count, [](int32_t left, int32_t right) { return left | right; });
}
template <CompareKind kKind>
void bool_compare(void* y, const void* a, const void* b, const void*, int64_t count) {
  map<int32_t, int32_t>(y, a, b, count, [](int32_t left, int32_t right) {
    return mask(apply(kKind, left != 0, right != 0));
  });
}

constexpr bool integers_have(UnaryKind kind) {
  return kind == UnaryKind::kNeg || kind == UnaryKind::kAbs || kind == UnaryKind::kSquare;
}

template <size_t... kKinds>
constexpr std::array<TileFunction, 22> integer_unary_table(std::index_sequence<kKinds...>) {
  return {(integers_have(UnaryKind{kKinds}) ? integer_unary<UnaryKind{kKinds}> : nullptr)...};
}
template <size_t... kKinds>
constexpr std::array<TileFunction, 10> integer_binary_table(std::index_sequence<kKinds...>) {
  return {integer_binary<BinaryKind{kKinds}>...};
}
template <size_t... kKinds>
constexpr std::array<TileFunction, 6> integer_compare_table(std::index_sequence<kKinds...>) {
  return {integer_compare<CompareKind{kKinds}>...};
}
template <size_t... kKinds>
constexpr std::array<TileFunction, 6> bool_compare_table(std::index_sequence<kKinds...>) {
  return {bool_compare<CompareKind{kKinds}>...};
}

template <class From, DType kTo>
void to_integers(void* y, const void* a, const void*, const void*, int64_t count) {
  map<int64_t, From>(y, a, count, [](From x) { return to_integer(x, kTo); });
}
template <class From>
void to_bools(void* y, const void* a, const void*, const void*, int64_t count) {
  map<int32_t, From>(y, a, count, [](From x) { return mask(x != From{0}); });
}
template <class From>
void to_floats(void* y, const void* a, const void*, const void*, int64_t count) {
  map<float, From>(y, a, count, [](From x) { return static_cast<float>(x); });
}
void bools_to_floats(void* y, const void* a, const void*, const void*, int64_t count) {
  map<float, int32_t>(y, a, count, [](int32_t x) { return x != 0 ? 1.0f : 0.0f; });
}
void bools_to_integers(void* y, const void* a, const void*, const void*, int64_t count) {
  map<int64_t, int32_t>(y, a, count, [](int32_t x) { return int64_t{x != 0}; });
}

template <class T>
void wrap(void* y, const void* a, const void*, const void*, int64_t count) {
  map<int64_t, int64_t>(y, a, count, [](int64_t x) { return int64_t{static_cast<T>(x)}; });
}
void round_to_f8(void* y, const void* a, const void*, const void*, int64_t count) {
  map<float, float>(y, a, count, [](float x) {
    uint8_t code = 0;
    store_element(&code, DType::kF8E4M3, 0, static_cast<double>(x));
    return static_cast<float>(load_element(&code, DType::kF8E4M3, 0));
  });
}

template <class From>
TileFunction to_integer_function(DType dtype) {
  switch (dtype) {
    case DType::kI8:
      return to_integers<From, DType::kI8>;
    case DType::kU8:
      return to_integers<From, DType::kU8>;
    case DType::kI32:
      return to_integers<From, DType::kI32>;
    default:
      return to_integers<From, DType::kI64>;
  }
}

}  // namespace

Lane lane_of(DType dtype) {
  if (is_floating(dtype)) return Lane::kFloat;
  return dtype == DType::kBool ? Lane::kBool : Lane::kInteger;
}

int64_t lane_bytes(Lane lane) { return lane == Lane::kInteger ? 8 : 4; }

extern constinit const IntegerTileOps kIntegerTileOps{
    .unary = integer_unary_table(std::make_index_sequence<22>()),
    .binary = integer_binary_table(std::make_index_sequence<10>()),
    .compare = integer_compare_table(std::make_index_sequence<6>()),
    .where = integer_where,
};

extern constinit const BoolTileOps kBoolTileOps{
    .unary =
        [] {
          std::array<TileFunction, 22> table{};
          table[static_cast<size_t>(UnaryKind::kNot)] = bool_not;
          return table;
        }(),
    .binary =
        [] {
          std::array<TileFunction, 10> table{};
          table[static_cast<size_t>(BinaryKind::kAnd)] = bool_and;
          table[static_cast<size_t>(BinaryKind::kOr)] = bool_or;
          return table;
        }(),
    .compare = bool_compare_table(std::make_index_sequence<6>()),
};

TileFunction cast_function(DType from, DType dtype) {
  const Lane source = lane_of(from);
  const Lane target = lane_of(dtype);
  if (target == Lane::kInteger) {
    if (source == Lane::kBool) return bools_to_integers;
    return source == Lane::kFloat ? to_integer_function<float>(dtype)
                                  : to_integer_function<int64_t>(dtype);
  }
  if (source == target) return nullptr;
  if (target == Lane::kBool) return source == Lane::kFloat ? to_bools<float> : to_bools<int64_t>;
  return source == Lane::kBool ? bools_to_floats : to_floats<int64_t>;
}

TileFunction round_function(const FloatTileOps& floats, DType dtype) {
  switch (dtype) {
    case DType::kBf16:
      return floats.round_to_bf16;
    case DType::kF16:
      return floats.round_to_f16;
    case DType::kF8E4M3:
      return round_to_f8;
    case DType::kI8:
      return wrap<int8_t>;
    case DType::kU8:
      return wrap<uint8_t>;
    case DType::kI32:
      return wrap<int32_t>;
    default:
      return nullptr;
  }
}

void log_tile(void* y, const void* a, const void*, const void*, int64_t count) {
  map<float, float>(y, a, count, [](float x) { return std::log(x); });
}
void sin_tile(void* y, const void* a, const void*, const void*, int64_t count) {
  map<float, float>(y, a, count, [](float x) { return std::sin(x); });
}
void cos_tile(void* y, const void* a, const void*, const void*, int64_t count) {
  map<float, float>(y, a, count, [](float x) { return std::cos(x); });
}
void pow_tile(void* y, const void* a, const void* b, const void*, int64_t count) {
  map<float, float>(y, a, b, count, [](float x, float e) { return std::pow(x, e); });
}

}  // namespace lathe::kernels
