// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/value.h"

#include <algorithm>
#include <array>

#include "lathe/base/error.h"

namespace lathe::text::jinja {
namespace {

constexpr std::array<std::string_view, 10> kTypeNames = {"Undefined", "NoneType", "bool", "int",
                                                         "float",     "str",      "list", "dict",
                                                         "namespace", "function"};

[[noreturn]] void fail_type(std::string_view expected, const Value& got) {
  refuse_undefined(got);
  fail(ErrorCode::kCorrupt, "expected ", expected, ", got ", got.type_name());
}

constexpr int64_t kGreatestWeight = int64_t{1} << 60;
constexpr int64_t kBytesPerStep = 64;

// The extent of a container that so far holds what `outer` says, and now `part` too.
void include(Extent& outer, const Extent& part) {
  outer.nesting = std::max(outer.nesting, part.nesting + 1);
  outer.weight = std::min(outer.weight + part.weight, kGreatestWeight);
  if (outer.nesting > kMaxNesting) {
    fail(ErrorCode::kCorrupt, "values nested deeper than ", kMaxNesting, " levels");
  }
}

Extent extent_of(const std::vector<Value>& items) {
  Extent out{.nesting = 1};
  for (const Value& item : items) include(out, item.extent());
  return out;
}

bool same_items(const List& a, const List& b) {
  return a.is_tuple == b.is_tuple && a.items == b.items;
}

bool same_items(const Dict& a, const Dict& b) {
  if (a.items.size() != b.items.size()) return false;
  return std::ranges::all_of(a.items, [&](const auto& item) {
    const Value* other = b.find(item.first);
    return other != nullptr && *other == item.second;
  });
}

}  // namespace

void refuse_undefined(const Value& value) {
  if (!value.is_undefined()) return;
  fail(ErrorCode::kCorrupt, quote(value.undefined_name()), " is undefined");
}

const Value* Dict::find(const Value& key) const {
  const auto found =
      std::ranges::find_if(items, [&](const auto& item) { return item.first == key; });
  return found == items.end() ? nullptr : &found->second;
}

const Value* Namespace::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(items, [&](const auto& item) { return item.first == name; });
  return found == items.end() ? nullptr : &found->second;
}

void Namespace::set(std::string_view name, Value value) {
  const auto found =
      std::ranges::find_if(items, [&](const auto& item) { return item.first == name; });
  if (found != items.end()) {
    found->second = std::move(value);
  } else {
    items.emplace_back(name, std::move(value));
  }
}

Value Value::list(std::vector<Value> items) {
  Value out;
  const Extent extent = extent_of(items);
  out.data_ = std::make_shared<const List>(List{std::move(items), false, extent});
  return out;
}

Value Value::tuple(std::vector<Value> items) {
  Value out;
  const Extent extent = extent_of(items);
  out.data_ = std::make_shared<const List>(List{std::move(items), true, extent});
  return out;
}

Value Value::dict(std::vector<std::pair<Value, Value>> items) {
  Dict dict;
  dict.extent.nesting = 1;
  for (std::pair<Value, Value>& item : items) {
    include(dict.extent, item.first.extent());
    include(dict.extent, item.second.extent());
    if (const Value* known = dict.find(item.first)) {
      *const_cast<Value*>(known) = std::move(item.second);
    } else {
      dict.items.push_back(std::move(item));
    }
  }
  Value out;
  out.data_ = std::make_shared<const Dict>(std::move(dict));
  return out;
}

Value Value::undefined(std::string name) {
  Value out;
  out.data_ = Undefined{std::make_shared<const std::string>(std::move(name))};
  return out;
}

Value Value::from_json(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      return Value();
    case Json::Kind::kBool:
      return Value(json.as_bool());
    case Json::Kind::kInteger:
      return Value(json.as_integer());
    case Json::Kind::kNumber:
      return Value(json.as_number());
    case Json::Kind::kString:
      return Value(json.as_string());
    case Json::Kind::kArray: {
      std::vector<Value> items;
      for (const Json& item : json.as_array()) items.push_back(from_json(item));
      return list(std::move(items));
    }
    case Json::Kind::kObject: {
      std::vector<std::pair<Value, Value>> items;
      for (const auto& [key, item] : json.as_object()) {
        items.emplace_back(Value(key), from_json(item));
      }
      return dict(std::move(items));
    }
  }
  return Value();
}

bool Value::as_bool() const {
  if (!is(Kind::kBool)) fail_type("a bool", *this);
  return std::get<bool>(data_);
}

int64_t Value::as_integer() const {
  if (is(Kind::kBool)) return std::get<bool>(data_) ? 1 : 0;
  if (!is_integer()) fail_type("an integer", *this);
  return std::get<int64_t>(data_);
}

double Value::as_number() const {
  if (is(Kind::kFloat)) return std::get<double>(data_);
  if (!is_number()) fail_type("a number", *this);
  return static_cast<double>(as_integer());
}

const std::string& Value::as_string() const {
  if (!is_string()) fail_type("a string", *this);
  return *std::get<std::shared_ptr<const std::string>>(data_);
}

const List& Value::as_list() const {
  if (!is_list()) fail_type("a list", *this);
  return *std::get<std::shared_ptr<const List>>(data_);
}

const Dict& Value::as_dict() const {
  if (!is_dict()) fail_type("a dict", *this);
  return *std::get<std::shared_ptr<const Dict>>(data_);
}

Namespace* Value::as_namespace() const {
  return is(Kind::kNamespace) ? std::get<Namespace*>(data_) : nullptr;
}

const Callable* Value::as_callable() const {
  return is(Kind::kCallable) ? std::get<std::shared_ptr<const Callable>>(data_).get() : nullptr;
}

const std::string& Value::undefined_name() const { return *std::get<Undefined>(data_).name; }

bool Value::truthy() const {
  switch (kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInteger:
    case Kind::kFloat:
      return as_number() != 0;
    case Kind::kString:
      return !as_string().empty();
    case Kind::kList:
      return !as_list().items.empty();
    case Kind::kDict:
      return !as_dict().items.empty();
    case Kind::kNamespace:
    case Kind::kCallable:
      return true;
  }
  return false;
}

Extent Value::extent() const {
  if (is_list()) return as_list().extent;
  if (is_dict()) return as_dict().extent;
  if (is_string()) return {.weight = 1 + static_cast<int64_t>(as_string().size()) / kBytesPerStep};
  return {};
}

std::string_view Value::type_name() const {
  if (is_list() && as_list().is_tuple) return "tuple";
  return kTypeNames[data_.index()];
}

bool Value::operator==(const Value& other) const {
  if (is_number() && other.is_number()) {
    const bool exact = !is(Kind::kFloat) && !other.is(Kind::kFloat);
    return exact ? as_integer() == other.as_integer() : as_number() == other.as_number();
  }
  if (kind() != other.kind()) return false;
  if (is_string()) return as_string() == other.as_string();
  if (is_list()) return same_items(as_list(), other.as_list());
  if (is_dict()) return same_items(as_dict(), other.as_dict());
  if (is(Kind::kNamespace)) return as_namespace() == other.as_namespace();
  if (is(Kind::kCallable)) return as_callable() == other.as_callable();
  return true;  // none equals none, undefined equals undefined
}

}  // namespace lathe::text::jinja
