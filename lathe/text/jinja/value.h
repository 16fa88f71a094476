// SPDX-License-Identifier: Apache-2.0
// The values that a template computes with: Python's, as far as templates see them.
//
// Immutable and cheap to copy, but for namespaces. Containers know their extent, so that nobody
// recurses further than kMaxNesting, or walks through more than a step limit allows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lathe/base/json.h"

namespace lathe::text::jinja {

class Value;
class Runtime;
struct Arguments;

struct Extent {
  int nesting = 0;     // 0 but for containers
  int64_t weight = 1;  // what it costs to visit all of it; a shared part counts each time
};

struct List {
  std::vector<Value> items;
  bool is_tuple = false;  // prints with parentheses
  Extent extent;
};

struct Dict {
  std::vector<std::pair<Value, Value>> items;  // in order of insertion, no key twice
  Extent extent;
  const Value* find(const Value& key) const;  // null where absent
};

// What `namespace()` makes, and `loop`: names with values, shared by all who hold it. Its owner is
// the Runtime.
struct Namespace {
  std::vector<std::pair<std::string, Value>> items;
  bool is_writable = true;
  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);
};

struct Callable {
  std::string name;
  std::function<Value(Runtime&, const Arguments&)> call;
};

// The result of a look-up that found nothing; using it for more than a test is an error that names
// it.
struct Undefined {
  std::shared_ptr<const std::string> name;
};
struct None {};

class Value {
 public:
  enum class Kind {
    kUndefined,
    kNone,
    kBool,
    kInteger,
    kFloat,
    kString,
    kList,
    kDict,
    kNamespace,
    kCallable
  };

  Value() : data_(None{}) {}
  explicit Value(bool value) : data_(value) {}
  explicit Value(int64_t value) : data_(value) {}
  explicit Value(double value) : data_(value) {}
  explicit Value(std::string text) : data_(std::make_shared<const std::string>(std::move(text))) {}
  explicit Value(std::string_view text) : Value(std::string(text)) {}
  explicit Value(const char* text) : Value(std::string(text)) {}
  explicit Value(Namespace* space) : data_(space) {}
  explicit Value(Callable callable)
      : data_(std::make_shared<const Callable>(std::move(callable))) {}
  // Throw kCorrupt over kMaxNesting; of equal keys the last value wins.
  static Value list(std::vector<Value> items);
  static Value tuple(std::vector<Value> items);
  static Value dict(std::vector<std::pair<Value, Value>> items);
  static Value undefined(std::string name);
  static Value from_json(const Json& json);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is(Kind kind_asked) const { return kind() == kind_asked; }
  bool is_undefined() const { return is(Kind::kUndefined); }
  bool is_none() const { return is(Kind::kNone); }
  bool is_string() const { return is(Kind::kString); }
  bool is_integer() const { return is(Kind::kInteger); }  // but no bool
  bool is_number() const { return is(Kind::kInteger) || is(Kind::kFloat) || is(Kind::kBool); }
  bool is_list() const { return is(Kind::kList); }
  bool is_dict() const { return is(Kind::kDict); }

  // Reads. Throw kCorrupt "expected a string, got int" on another kind.
  bool as_bool() const;
  int64_t as_integer() const;  // a bool too
  double as_number() const;
  const std::string& as_string() const;
  const List& as_list() const;
  const Dict& as_dict() const;
  Namespace* as_namespace() const;      // null for other kinds
  const Callable* as_callable() const;  // null for other kinds
  const std::string& undefined_name() const;

  bool truthy() const;
  Extent extent() const;
  std::string_view type_name() const;  // Python's: "str", "int", "NoneType", …

  // Python's ==: numbers compare by value whatever their type, containers by their items.
  bool operator==(const Value& other) const;

 private:
  std::variant<Undefined, None, bool, int64_t, double, std::shared_ptr<const std::string>,
               std::shared_ptr<const List>, std::shared_ptr<const Dict>, Namespace*,
               std::shared_ptr<const Callable>>
      data_;
};

inline constexpr int kMaxNesting = 100;

// Throws kCorrupt, "'x' is undefined", for what is.
void refuse_undefined(const Value& value);

// The arguments of a call.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> keyword;
};

}  // namespace lathe::text::jinja
