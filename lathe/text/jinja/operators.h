// SPDX-License-Identifier: Apache-2.0
// Python's operators on values. All throw kCorrupt for operands that do not fit, naming
// their types, and count their work.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lathe/text/jinja/runtime.h"
#include "lathe/text/jinja/value.h"

namespace lathe::text::jinja {

Value binary(Runtime& runtime, std::string_view sign, const Value& left, const Value& right);
Value negate(const Value& operand);
bool compare(Runtime& runtime, std::string_view sign, const Value& left, const Value& right);
bool contains(Runtime& runtime, const Value& container, const Value& item);
// The order of two values of one kind: numbers, strings, lists. For sorting too.
bool less(Runtime& runtime, const Value& left, const Value& right);

// object.name: a method, else an item. object[index]: an item, else a method. Undefined where
// neither is there.
Value attribute(Runtime& runtime, const Value& object, std::string_view name);
Value subscript(Runtime& runtime, const Value& object, const Value& index);

struct SliceBounds {
  std::optional<int64_t> start, stop, step;
};
Value slice(Runtime& runtime, const Value& object, const SliceBounds& bounds);

// What a loop goes over: items, keys, characters; nothing for undefined.
std::vector<Value> iterate(Runtime& runtime, const Value& value);
int64_t length(Runtime& runtime, const Value& value);

}  // namespace lathe::text::jinja
