// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/gguf_fields.h"

#include <cmath>

#include "lathe/base/error.h"

namespace lathe::weights {
namespace {

int64_t checked_count(const std::string& key, const GgufValue& value) {
  return with_context(key, [&] {
    const int64_t count = value.as_integer();
    if (count < 1 || count > INT32_MAX) {
      fail(ErrorCode::kCorrupt, "expected a number from 1 to ", INT32_MAX, ", got ", count);
    }
    return count;
  });
}

double checked_positive(const std::string& key, const GgufValue& value) {
  return with_context(key, [&] {
    const double number = value.as_number();
    if (!std::isfinite(number) || number <= 0) {
      fail(ErrorCode::kCorrupt, "expected a positive number, got ", number);
    }
    return number;
  });
}

}  // namespace

const GgufValue& GgufFields::at(std::string_view key) const { return gguf_.at(name_of(key)); }

int64_t GgufFields::count(std::string_view key) const {
  return checked_count(name_of(key), at(key));
}

std::optional<int64_t> GgufFields::find_count(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  return checked_count(name_of(key), *value);
}

double GgufFields::positive(std::string_view key) const {
  return checked_positive(name_of(key), at(key));
}

std::optional<double> GgufFields::find_positive(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  return checked_positive(name_of(key), *value);
}

std::optional<std::string> GgufFields::find_text(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  return with_context(name_of(key), [&] { return std::string(value->as_string()); });
}

}  // namespace lathe::weights
