// SPDX-License-Identifier: Apache-2.0
// Filters over items.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lathe/base/error.h"
#include "lathe/text/jinja/filters.h"
#include "lathe/text/jinja/operators.h"
#include "lathe/text/jinja/python_repr.h"
#include "lathe/text/jinja/python_text.h"

namespace lathe::text::jinja {
namespace {

std::vector<Value> items_of(const Call& call) { return iterate(call.runtime, call.subject); }

// map and select take anything false, none too, for an empty list.
std::vector<Value> items_if_any(const Call& call) {
  return call.subject.truthy() ? items_of(call) : std::vector<Value>();
}

// "a.b.0" as what item.a.b[0] is looked up by, anything but text as it is.
std::vector<Value> path_parts(const Value& path) {
  if (!path.is_string()) return {path};
  std::vector<Value> out;
  for (const std::string_view part : split(path.as_string(), '.')) {
    int64_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool is_index = error == std::errc() && end == part.data() + part.size() && index >= 0;
    out.push_back(is_index ? Value(index) : Value(part));
  }
  return out;
}

// Every part that is missing is `otherwise`, if given.
Value look_up(Runtime& runtime, Value value, const Value& path, const Value* otherwise = nullptr) {
  for (const Value& part : path_parts(path)) {
    value = subscript(runtime, value, part);
    if (value.is_undefined() && otherwise != nullptr) value = *otherwise;
  }
  return value;
}

const Value* keyword(const Call& call, std::string_view name) {
  for (const auto& [key, value] : call.raw.keyword) {
    if (key == name) return &value;
  }
  return nullptr;
}

// Arguments from `first` on, for a filter or test that is called for each item.
Arguments arguments_from(const Call& call, size_t first) {
  Arguments out;
  for (size_t i = first; i < call.raw.positional.size(); ++i) {
    out.positional.push_back(call.raw.positional[i]);
  }
  return out;
}

const std::string& name_argument(const Call& call, size_t i) {
  if (i >= call.raw.positional.size()) {
    fail(ErrorCode::kCorrupt, "expected the name of a filter, test or attribute");
  }
  return call.raw.positional[i].as_string();
}

// map('upper'), map(attribute='name', default='-')
Value map(const Call& call) {
  std::vector<Value> out;
  const Value* path = keyword(call, "attribute");
  const Value* otherwise = keyword(call, "default");
  Arguments arguments = arguments_from(call, 1);
  if (path == nullptr) arguments.keyword = call.raw.keyword;
  for (const Value& item : items_if_any(call)) {
    if (path == nullptr) {
      out.push_back(apply_filter(call.runtime, name_argument(call, 0), item, arguments));
      continue;
    }
    out.push_back(look_up(call.runtime, item, *path, otherwise));
  }
  return call.runtime.list(std::move(out));
}

// select('odd'), select(): items that pass a test, or are true. kWanted false: the others.
template <bool kWanted>
Value select(const Call& call) {
  std::vector<Value> out;
  const Arguments arguments = arguments_from(call, 1);
  for (const Value& item : items_if_any(call)) {
    const bool passes = call.raw.positional.empty()
                            ? item.truthy()
                            : apply_test(call.runtime, name_argument(call, 0), item, arguments);
    if (passes == kWanted) out.push_back(item);
  }
  return call.runtime.list(std::move(out));
}

// selectattr('role', 'equalto', 'user'): the same, asking an attribute.
template <bool kWanted>
Value select_attribute(const Call& call) {
  std::vector<Value> out;
  const Arguments arguments = arguments_from(call, 2);
  for (const Value& item : items_if_any(call)) {
    const Value value = look_up(call.runtime, item, Value(name_argument(call, 0)));
    const bool passes = call.raw.positional.size() < 2
                            ? value.truthy()
                            : apply_test(call.runtime, name_argument(call, 1), value, arguments);
    if (passes == kWanted) out.push_back(item);
  }
  return call.runtime.list(std::move(out));
}

Value join_items(const Call& call) {
  const std::string separator = call.has(0) ? soft_text(call.at(0)) : "";
  std::string out;
  bool is_first = true;
  for (const Value& item : items_of(call)) {
    const Value value = call.has(1) ? look_up(call.runtime, item, call.at(1)) : item;
    call.runtime.visit(value);
    if (!is_first) out += separator;
    is_first = false;
    const std::string part = soft_text(value);
    call.runtime.charge(separator.size() + part.size());
    out += part;
  }
  return Value(std::move(out));
}

Value first(const Call& call) {
  const std::vector<Value> items = items_of(call);
  return items.empty() ? Value::undefined("first item") : items.front();
}

Value last(const Call& call) {
  const std::vector<Value> items = items_of(call);
  return items.empty() ? Value::undefined("last item") : items.back();
}

Value count(const Call& call) { return Value(length(call.runtime, call.subject)); }

Value to_list(const Call& call) { return Value::list(items_of(call)); }

Value reverse(const Call& call) {
  std::vector<Value> items = items_of(call);
  std::ranges::reverse(items);
  if (!call.subject.is_string()) return Value::list(std::move(items));
  std::string out;
  for (const Value& item : items) out += item.as_string();
  return call.runtime.text(std::move(out));
}

// What items are compared by: themselves or an attribute, texts without regard to case unless
// asked.
Value sort_key(const Call& call, const Value& item, const Value* path, bool case_sensitive,
               const Value* otherwise) {
  const bool is_attribute = path != nullptr && !path->is_none();
  Value key = is_attribute ? look_up(call.runtime, item, *path, otherwise) : item;
  if (!case_sensitive && key.is_string()) key = call.runtime.text(to_lower(key.as_string()));
  return key;
}

struct Keyed {
  Value key, item;
};

std::vector<Keyed> keyed_items(const Call& call, const Value* path, bool case_sensitive,
                               const Value* otherwise = nullptr) {
  std::vector<Keyed> out;
  for (const Value& item : items_of(call)) {
    out.push_back({sort_key(call, item, path, case_sensitive, otherwise), item});
  }
  return out;
}

void sort_by_key(Runtime& runtime, std::vector<Keyed>& items, bool descending) {
  std::ranges::stable_sort(items, [&](const Keyed& a, const Keyed& b) {
    runtime.visit(a.key);
    return descending ? less(runtime, b.key, a.key) : less(runtime, a.key, b.key);
  });
}

Value items_without_keys(const Call& call, std::vector<Keyed> keyed) {
  std::vector<Value> out;
  out.reserve(keyed.size());
  for (Keyed& entry : keyed) out.push_back(std::move(entry.item));
  return call.runtime.list(std::move(out));
}

// reverse, case_sensitive, attribute
Value sort(const Call& call) {
  std::vector<Keyed> keyed =
      keyed_items(call, call.has(2) ? &call.at(2) : nullptr, call.flag(1, false));
  sort_by_key(call.runtime, keyed, call.flag(0, false));
  return items_without_keys(call, std::move(keyed));
}

Value unique(const Call& call) {
  std::vector<Keyed> out;
  for (Keyed& entry : keyed_items(call, call.has(1) ? &call.at(1) : nullptr, call.flag(0, false))) {
    call.runtime.step(static_cast<int64_t>(out.size()) * entry.key.extent().weight);
    const bool known =
        std::ranges::any_of(out, [&](const Keyed& other) { return other.key == entry.key; });
    if (!known) out.push_back(std::move(entry));
  }
  return items_without_keys(call, std::move(out));
}

template <bool kGreatest>
Value extreme(const Call& call) {
  std::vector<Keyed> keyed =
      keyed_items(call, call.has(1) ? &call.at(1) : nullptr, call.flag(0, false));
  if (keyed.empty()) return Value::undefined("item of an empty list");
  sort_by_key(call.runtime, keyed, kGreatest);
  return keyed.front().item;
}

Value sum(const Call& call) {
  Value out = call.has(1) ? call.at(1) : Value(int64_t{0});
  for (const Value& item : items_of(call)) {
    out = binary(
        call.runtime, "+", out,
        call.has(0) && !call.at(0).is_none() ? look_up(call.runtime, item, call.at(0)) : item);
  }
  return out;
}

// [[a, b], [c]]: rows of `linecount` items, the last filled up where asked.
Value batch(const Call& call) {
  const int64_t size = call.at(0).as_integer();
  if (size < 1) fail(ErrorCode::kCorrupt, "batch: expected a positive size, got ", size);
  std::vector<Value> rows;
  std::vector<Value> row;
  for (const Value& item : items_of(call)) {
    row.push_back(item);
    if (static_cast<int64_t>(row.size()) == size) {
      rows.push_back(call.runtime.list(std::exchange(row, {})));
    }
  }
  if (!row.empty()) {
    if (call.has(1) && !call.at(1).is_none()) {
      call.runtime.charge(static_cast<size_t>(size) * sizeof(Value));
      row.resize(static_cast<size_t>(size), call.at(1));
    }
    rows.push_back(call.runtime.list(std::move(row)));
  }
  return call.runtime.list(std::move(rows));
}

// [(key, [items]), …], sorted by key.
Value groupby(const Call& call) {
  const Value* otherwise = call.has(1) ? &call.at(1) : nullptr;
  std::vector<Keyed> keyed = keyed_items(call, &call.at(0), call.flag(2, false), otherwise);
  sort_by_key(call.runtime, keyed, false);
  std::vector<Value> groups;
  for (size_t i = 0; i < keyed.size();) {
    std::vector<Value> group;
    const Value key = keyed[i].key;
    const Value label = look_up(call.runtime, keyed[i].item, call.at(0), otherwise);
    for (; i < keyed.size() && keyed[i].key == key; ++i) group.push_back(keyed[i].item);
    groups.push_back(Value::tuple({label, call.runtime.list(std::move(group))}));
  }
  return call.runtime.list(std::move(groups));
}

constexpr std::array<Function, 19> kFilters = {{
    {"join", "d? attribute?", join_items},
    {"map", "*", map},
    {"select", "*", select<true>},
    {"reject", "*", select<false>},
    {"selectattr", "*", select_attribute<true>},
    {"rejectattr", "*", select_attribute<false>},
    {"first", "", first},
    {"last", "", last},
    {"length", "", count},
    {"count", "", count},
    {"list", "", to_list},
    {"reverse", "", reverse},
    {"sort", "reverse? case_sensitive? attribute?", sort},
    {"unique", "case_sensitive? attribute?", unique},
    {"min", "case_sensitive? attribute?", extreme<false>},
    {"max", "case_sensitive? attribute?", extreme<true>},
    {"sum", "attribute? start?", sum},
    {"batch", "linecount fill_with?", batch},
    {"groupby", "attribute default? case_sensitive?", groupby},
}};

}  // namespace

std::span<const Function> list_filters() { return kFilters; }

}  // namespace lathe::text::jinja
