// SPDX-License-Identifier: Apache-2.0
// Filters between kinds of values.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "lathe/base/error.h"
#include "lathe/text/jinja/filters.h"
#include "lathe/text/jinja/operators.h"
#include "lathe/text/jinja/python_repr.h"
#include "lathe/text/jinja/python_text.h"

namespace lathe::text::jinja {
namespace {

// default(value, true) replaces what is false too.
Value or_default(const Call& call) {
  const bool replaces =
      call.subject.is_undefined() || (call.flag(1, false) && !call.subject.truthy());
  if (!replaces) return call.subject;
  return call.has(0) ? call.at(0) : Value("");
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  text = strip(text, Side::kBoth);
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Value truncated(double value, const Value& otherwise) {
  const bool fits = std::fabs(value) < 9e18;  // not for what is no number
  return fits ? Value(static_cast<int64_t>(value)) : otherwise;
}

Value to_integer(const Call& call) {
  Value otherwise = call.has(0) ? call.at(0) : Value(int64_t{0});
  if (call.subject.is(Value::Kind::kFloat)) return truncated(call.subject.as_number(), otherwise);
  if (call.subject.is_number()) return Value(call.subject.as_integer());
  if (!call.subject.is_string()) return otherwise;
  if (const auto value = read_number<int64_t>(call.subject.as_string())) return Value(*value);
  const auto value = read_number<double>(call.subject.as_string());
  return value ? truncated(*value, otherwise) : otherwise;
}

Value to_float(const Call& call) {
  if (call.subject.is_number()) return Value(call.subject.as_number());
  if (call.subject.is_string()) {
    if (const auto value = read_number<double>(call.subject.as_string())) return Value(*value);
  }
  return call.has(0) ? call.at(0) : Value(0.0);
}

Value absolute(const Call& call) {
  const bool negative = call.subject.as_number() < 0;
  return negative ? negate(call.subject) : call.subject;
}

// Python rounds halves to even, Jinja's "ceil" and "floor" as they say.
Value round(const Call& call) {
  const double scale = std::pow(10.0, static_cast<double>(call.integer(0, 0)));
  const std::string method = call.has(1) ? call.at(1).as_string() : "common";
  const double scaled = call.subject.as_number() * scale;
  if (method == "ceil") return Value(std::ceil(scaled) / scale);
  if (method == "floor") return Value(std::floor(scaled) / scale);
  if (method != "common") {
    fail(ErrorCode::kInvalidArgument, "round: method ", quote(method), " is not known");
  }
  return Value(std::nearbyint(scaled) / scale);
}

std::pair<std::string, std::string> separators(const Value& pair) {
  const std::vector<Value>& items = pair.as_list().items;
  if (items.size() != 2) fail(ErrorCode::kInvalidArgument, "tojson: expected two separators");
  return {items[0].as_string(), items[1].as_string()};
}

// indent, ensure_ascii, separators, sort_keys
Value to_json_value(const Call& call) {
  JsonStyle style;
  if (call.has(1) && !call.at(1).is_none()) {
    style.indent = std::clamp<int64_t>(call.at(1).as_integer(), 0, 64);
    style.item_separator = std::string(",");
  }
  if (call.has(2) && !call.at(2).is_none()) {
    const auto given = separators(call.at(2));
    style.item_separator = given.first;
    style.key_separator = given.second;
  }
  style.ensure_ascii = call.flag(0, false);
  style.sort_keys = call.flag(3, false);
  return call.runtime.text(to_json(call.subject, style));
}

Value items(const Call& call) {
  std::vector<Value> out;
  if (call.subject.is_undefined()) return Value::list(std::move(out));
  for (const auto& [key, value] : call.subject.as_dict().items) {
    out.push_back(Value::tuple({key, value}));
  }
  return call.runtime.list(std::move(out));
}

// case_sensitive, by ("key" or "value"), reverse
Value dictsort(const Call& call) {
  const bool by_value = call.has(1) && call.at(1).as_string() == "value";
  const auto key = [&](const Value& item) {
    const Value& part = item.as_list().items[by_value ? 1 : 0];
    return part.is_string() && !call.flag(0, false) ? Value(to_lower(part.as_string())) : part;
  };
  std::vector<Value> pairs = items(call).as_list().items;
  const bool descending = call.flag(2, false);
  std::ranges::stable_sort(pairs, [&](const Value& a, const Value& b) {
    call.runtime.visit(a);
    return descending ? less(call.runtime, key(b), key(a)) : less(call.runtime, key(a), key(b));
  });
  return call.runtime.list(std::move(pairs));
}

constexpr std::array<Function, 9> kFilters = {{
    {"default", "default_value? boolean?", or_default},
    {"d", "default_value? boolean?", or_default},
    {"int", "default? base?", to_integer},
    {"float", "default?", to_float},
    {"abs", "", absolute},
    {"round", "precision? method?", round},
    {"tojson", "ensure_ascii? indent? separators? sort_keys?", to_json_value},
    {"items", "", items},
    {"dictsort", "case_sensitive? by? reverse?", dictsort},
}};

}  // namespace

std::span<const Function> value_filters() { return kFilters; }

}  // namespace lathe::text::jinja
