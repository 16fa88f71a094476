// SPDX-License-Identifier: Apache-2.0
// Filters between kinds of values.
#include <algorithm>
#include <array>
#include <cctype>
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

// The text of a number as Python takes it, in one spelling: without white space around it, a plus,
// and the underscores that may stand between two digits; empty where it is none.
std::string number_text(std::string_view text) {
  text = strip(text, Side::kBoth);
  std::string out;
  if (text.starts_with('-')) out = "-";
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto is_digit = [&](size_t i) {
    return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0;
  };
  if (!is_digit(0) && !text.starts_with('.')) return {};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (!is_digit(i - 1) || !is_digit(i + 1)) {
      return {};
    }
  }
  return out;
}

template <class Number, class... Base>
std::optional<Number> read_number(std::string_view text, Base... base) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base...);
  const bool whole = end == text.data() + text.size() && !text.empty();
  if (whole && error == std::errc::result_out_of_range && sizeof...(base) > 0) {
    fail(ErrorCode::kCorrupt, "integer of more than 64 bits");
  }
  return whole && error == std::errc() ? std::optional(value) : std::nullopt;
}

// The base that digits are written in and, where they may have one, its prefix.
struct Base {
  int base;
  std::string_view prefix;
};
constexpr Base kBases[] = {{16, "0x"}, {8, "0o"}, {2, "0b"}};

std::optional<int64_t> read_integer(std::string text, int64_t base) {
  const size_t begin = text.starts_with('-') ? 1 : 0;
  const std::string start = to_lower(text.substr(begin, 2));
  for (const Base& known : kBases) {
    if ((base != known.base && base != 0) || start != known.prefix) continue;
    text.erase(begin, 2);
    base = known.base;
  }
  if (base == 0) base = 10;
  if (base < 2 || base > 36) return std::nullopt;
  return read_number<int64_t>(text, static_cast<int>(base));
}

Value truncated(double value, const Value& otherwise) {
  if (!std::isfinite(value)) return otherwise;
  if (std::fabs(value) > 9.2e18) fail(ErrorCode::kCorrupt, "integer of more than 64 bits");
  return Value(static_cast<int64_t>(value));
}

Value to_integer(const Call& call) {
  Value otherwise = call.has(0) ? call.at(0) : Value(int64_t{0});
  if (call.subject.is(Value::Kind::kFloat)) return truncated(call.subject.as_number(), otherwise);
  if (call.subject.is_number()) return Value(call.subject.as_integer());
  refuse_undefined(call.subject);
  if (!call.subject.is_string()) return otherwise;
  const std::string text = number_text(call.subject.as_string());
  if (const auto value = read_integer(text, call.integer(1, 10))) return Value(*value);
  const auto value = read_number<double>(text);
  return value ? truncated(*value, otherwise) : otherwise;
}

Value to_float(const Call& call) {
  if (call.subject.is_number()) return Value(call.subject.as_number());
  refuse_undefined(call.subject);
  if (call.subject.is_string()) {
    if (const auto value = read_number<double>(number_text(call.subject.as_string()))) {
      return Value(*value);
    }
  }
  return call.has(0) ? call.at(0) : Value(0.0);
}

Value absolute(const Call& call) {
  if (call.subject.is(Value::Kind::kFloat)) return Value(std::fabs(call.subject.as_number()));
  const Value negated = negate(call.subject);
  return negated.as_integer() < 0 ? negate(negated) : negated;
}

// To so many decimals, halves of the exact value to even: 2.675, which is less than its digits say,
// becomes 2.67.
double rounded(double value, int64_t decimals) {
  if (decimals < -308) return std::copysign(0.0, value);  // beyond the first digit of any double
  if (decimals < 0) {
    const double unit = std::pow(10.0, static_cast<double>(-decimals));
    return std::nearbyint(value / unit) * unit;
  }
  constexpr int64_t kMostDecimals = 330;  // beyond the last digit of any double
  std::array<char, 700> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed,
                    static_cast<int>(std::min(decimals, kMostDecimals)))
          .ptr;
  double out = value;  // for infinities too
  std::from_chars(text.data(), end, out);
  return out;
}

// Python rounds halves to even and leaves integers integers, Jinja's "ceil" and "floor" do as they
// say.
Value round(const Call& call) {
  const double scale = std::pow(10.0, static_cast<double>(call.integer(0, 0)));
  const std::string method = call.has(1) ? call.at(1).as_string() : "common";
  const double scaled = call.subject.as_number() * scale;
  if (method == "ceil") return Value(std::ceil(scaled) / scale);
  if (method == "floor") return Value(std::floor(scaled) / scale);
  if (method != "common") {
    fail(ErrorCode::kCorrupt, "round: method ", quote(method), " is not known");
  }
  const double out = rounded(call.subject.as_number(), call.integer(0, 0));
  return call.subject.is(Value::Kind::kFloat) ? Value(out) : truncated(out, call.subject);
}

std::pair<std::string, std::string> separators(const Value& pair) {
  const std::vector<Value>& items = pair.as_list().items;
  if (items.size() != 2) fail(ErrorCode::kCorrupt, "tojson: expected two separators");
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
