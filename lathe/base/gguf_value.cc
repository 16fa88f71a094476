// SPDX-License-Identifier: Apache-2.0
// Typed reads of GGUF metadata. The lengths inside `bytes` were checked by read_gguf.
#include <cmath>
#include <cstring>

#include "lathe/base/error.h"
#include "lathe/base/gguf.h"

namespace lathe {
namespace {

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

// Reads the scalar at `at` and moves behind it.
Json read_scalar(GgufType type, const std::byte*& at) {
  const auto next = [&at]<class T>(T) {
    const T value = load<T>(at);
    at += sizeof(T);
    return value;
  };
  switch (type) {
    case GgufType::kUint8:
      return int64_t{next(uint8_t{})};
    case GgufType::kInt8:
      return int64_t{next(int8_t{})};
    case GgufType::kUint16:
      return int64_t{next(uint16_t{})};
    case GgufType::kInt16:
      return int64_t{next(int16_t{})};
    case GgufType::kUint32:
      return int64_t{next(uint32_t{})};
    case GgufType::kInt32:
      return int64_t{next(int32_t{})};
    case GgufType::kInt64:
      return next(int64_t{});
    case GgufType::kUint64: {
      const auto value = next(uint64_t{});
      if (value > static_cast<uint64_t>(INT64_MAX)) return static_cast<double>(value);
      return static_cast<int64_t>(value);
    }
    case GgufType::kFloat32: {
      const auto value = next(float{});
      return std::isfinite(value) ? shortest_double(value) : static_cast<double>(value);
    }
    case GgufType::kFloat64:
      return next(double{});
    case GgufType::kBool:
      return next(uint8_t{}) != 0;
    case GgufType::kString: {
      const auto size = static_cast<size_t>(next(uint64_t{}));
      const std::string_view text(reinterpret_cast<const char*>(at), size);
      at += size;
      return text;
    }
    case GgufType::kArray:
      break;
  }
  fail(ErrorCode::kInternal, "an array inside an array");
}

std::string describe(const GgufValue& value) {
  if (value.is_array) return cat("an array of ", value.count, " ", to_string(value.type));
  return std::string(to_string(value.type));
}

Json scalar_of(const GgufValue& value, std::string_view expected) {
  if (value.is_array) {
    fail(ErrorCode::kCorrupt, "expected ", expected, ", got ", describe(value));
  }
  const std::byte* at = value.bytes.data();
  return read_scalar(value.type, at);
}

}  // namespace

std::string_view to_string(GgufType type) {
  static constexpr std::string_view kNames[] = {"uint8",  "int8",    "uint16", "int16",  "uint32",
                                                "int32",  "float32", "bool",   "string", "array",
                                                "uint64", "int64",   "float64"};
  return kNames[static_cast<size_t>(type)];
}

int64_t GgufValue::as_integer() const {
  const Json value = scalar_of(*this, "an integer");
  if (!value.is_integer()) fail(ErrorCode::kCorrupt, "expected an integer, got ", describe(*this));
  return value.as_integer();
}

double GgufValue::as_number() const {
  const Json value = scalar_of(*this, "a number");
  if (!value.is_number()) fail(ErrorCode::kCorrupt, "expected a number, got ", describe(*this));
  return value.as_number();
}

bool GgufValue::as_bool() const {
  const Json value = scalar_of(*this, "a bool");
  if (!value.is_bool()) fail(ErrorCode::kCorrupt, "expected a bool, got ", describe(*this));
  return value.as_bool();
}

std::string_view GgufValue::as_string() const {
  if (is_array || type != GgufType::kString) {
    fail(ErrorCode::kCorrupt, "expected a string, got ", describe(*this));
  }
  return {reinterpret_cast<const char*>(bytes.data()) + sizeof(uint64_t),
          bytes.size() - sizeof(uint64_t)};
}

Json GgufValue::to_json() const {
  const std::byte* at = bytes.data();
  if (!is_array) return read_scalar(type, at);
  Json::Array out;
  out.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) out.push_back(read_scalar(type, at));
  return out;
}

}  // namespace lathe
