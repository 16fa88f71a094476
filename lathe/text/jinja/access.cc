// SPDX-License-Identifier: Apache-2.0
// Parts of values: attributes, items, slices, iteration.
#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/text/jinja/operators.h"
#include "lathe/text/jinja/python_repr.h"
#include "lathe/text/jinja/python_text.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

// A method as a value that remembers its object.
std::optional<Value> bound_method(const Value& object, std::string_view name) {
  const Function* method = find_method(object, name);
  if (method == nullptr) return std::nullopt;
  return Value(
      Callable{std::string(name), [method, object](Runtime& runtime, const Arguments& arguments) {
                 return run(*method, runtime, object, arguments);
               }});
}

std::optional<Value> item(Runtime& runtime, const Value& object, const Value& index) {
  if (object.is_dict()) {
    runtime.step(static_cast<int64_t>(object.as_dict().items.size()) / 16);
    const Value* found = object.as_dict().find(index);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  if (const Namespace* space = object.as_namespace(); space != nullptr && index.is_string()) {
    const Value* found = space->find(index.as_string());
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  const bool counts = index.is_integer() || index.is(Value::Kind::kBool);
  if (!counts || (!object.is_list() && !object.is_string())) return std::nullopt;
  const int64_t size = length(runtime, object);
  const int64_t at = index.as_integer() < 0 ? index.as_integer() + size : index.as_integer();
  if (at < 0 || at >= size) return std::nullopt;
  if (object.is_list()) return object.as_list().items[static_cast<size_t>(at)];
  return slice(runtime, object, {at, at + 1, {}});
}

// The positions that a slice takes from `size` items.
std::vector<size_t> positions(const SliceBounds& bounds, int64_t size) {
  const int64_t step = bounds.step.value_or(1);
  if (step == 0) fail(ErrorCode::kCorrupt, "slice with a step of 0");
  const auto place = [&](std::optional<int64_t> given, int64_t otherwise) {
    if (!given) return otherwise;
    const int64_t at = *given < 0 ? std::max(*given, -size - 1) + size : *given;
    return std::clamp<int64_t>(at, step < 0 ? -1 : 0, step < 0 ? size - 1 : size);
  };
  const int64_t start = place(bounds.start, step < 0 ? size - 1 : 0);
  const int64_t stop = place(bounds.stop, step < 0 ? -1 : size);
  std::vector<size_t> out;
  for (int64_t at = start; step < 0 ? at > stop : at < stop;) {
    out.push_back(static_cast<size_t>(at));
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return out;
}

}  // namespace

Value attribute(Runtime& runtime, const Value& object, std::string_view name) {
  refuse_undefined(object);
  if (auto method = bound_method(object, name)) return *method;
  if (auto found = item(runtime, object, Value(name))) return *found;
  return Value::undefined(std::string(name));
}

Value subscript(Runtime& runtime, const Value& object, const Value& index) {
  refuse_undefined(object);
  runtime.visit(index);
  if (auto found = item(runtime, object, index)) return *found;
  if (index.is_string()) {
    if (auto method = bound_method(object, index.as_string())) return *method;
  }
  return Value::undefined(to_str(index));
}

Value slice(Runtime& runtime, const Value& object, const SliceBounds& bounds) {
  refuse_undefined(object);
  runtime.visit(object);
  if (object.is_string()) {
    const std::u32string codes = decode_utf8(object.as_string());
    std::u32string out;
    for (const size_t at : positions(bounds, static_cast<int64_t>(codes.size()))) out += codes[at];
    return runtime.text(encode_utf8(out));
  }
  const std::vector<Value>& items = object.as_list().items;
  std::vector<Value> out;
  for (const size_t at : positions(bounds, static_cast<int64_t>(items.size()))) {
    out.push_back(items[at]);
  }
  if (object.as_list().is_tuple) return Value::tuple(std::move(out));
  return runtime.list(std::move(out));
}

std::vector<Value> iterate(Runtime& runtime, const Value& value) {
  std::vector<Value> out;
  if (value.is_undefined()) return out;
  if (value.is_string()) {
    for (std::string_view rest = value.as_string(); !rest.empty();) {
      const size_t bytes = read_utf8(rest).bytes;
      out.emplace_back(rest.substr(0, bytes));
      rest.remove_prefix(bytes);
    }
  } else if (value.is_dict()) {
    for (const auto& entry : value.as_dict().items) out.push_back(entry.first);
  } else if (value.is_list()) {
    out = value.as_list().items;
  } else {
    fail(ErrorCode::kCorrupt, "expected a list to go over, got ", value.type_name());
  }
  runtime.charge(out.size() * sizeof(Value));
  runtime.step(static_cast<int64_t>(out.size()));
  return out;
}

int64_t length(Runtime& runtime, const Value& value) {
  if (value.is_undefined()) return 0;
  if (value.is_dict()) return static_cast<int64_t>(value.as_dict().items.size());
  if (!value.is_string()) return static_cast<int64_t>(value.as_list().items.size());
  runtime.visit(value);
  return num_characters(value.as_string());
}

}  // namespace lathe::text::jinja
