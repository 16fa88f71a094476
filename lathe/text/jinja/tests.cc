// SPDX-License-Identifier: Apache-2.0
// The table of tests: `x is NAME`.
#include <array>

#include "lathe/base/error.h"
#include "lathe/text/jinja/operators.h"
#include "lathe/text/jinja/python_text.h"
#include "lathe/text/jinja/runtime.h"

namespace lathe::text::jinja {
namespace {

using Kind = Value::Kind;

template <Kind kKind>
Value is_kind(const Call& call) {
  return Value(call.subject.is(kKind));
}

template <bool kExpected>
Value is_bool(const Call& call) {
  return Value(call.subject.is(Kind::kBool) && call.subject.as_bool() == kExpected);
}

Value is_defined(const Call& call) { return Value(!call.subject.is_undefined()); }
// In Jinja an undefined value may be called, to raise its error.
Value is_callable(const Call& call) {
  return Value(call.subject.is(Kind::kCallable) || call.subject.is_undefined());
}
Value is_number(const Call& call) { return Value(call.subject.is_number()); }

Value is_sequence(const Call& call) {
  const Value& value = call.subject;
  return Value(value.is_string() || value.is_list() || value.is_dict() || value.is_undefined());
}

// Even and odd by value, as Python's %.
template <int64_t kRest>
Value has_rest(const Call& call) {
  return Value(binary(call.runtime, "%", call.subject, Value(int64_t{2})) == Value(kRest));
}

Value divisible_by(const Call& call) {
  return Value(binary(call.runtime, "%", call.subject, call.at(0)) == Value(int64_t{0}));
}

constexpr char kEqual[] = "==";
constexpr char kNotEqual[] = "!=";
constexpr char kLess[] = "<";
constexpr char kLessOrEqual[] = "<=";
constexpr char kGreater[] = ">";
constexpr char kGreaterOrEqual[] = ">=";
constexpr char kIn[] = "in";

template <const char* kSign>
Value compares(const Call& call) {
  return Value(compare(call.runtime, kSign, call.subject, call.at(0)));
}

Value is_lower(const Call& call) {
  const std::string& text = call.subject.as_string();
  return Value(to_lower(text) == text && to_upper(text) != text);
}

Value is_upper(const Call& call) {
  const std::string& text = call.subject.as_string();
  return Value(to_upper(text) == text && to_lower(text) != text);
}

Value same_as(const Call& call) {
  return Value(call.subject.kind() == call.at(0).kind() && call.subject == call.at(0));
}

constexpr std::array<Function, 36> kTests = {{
    {"defined", "", is_defined},
    {"undefined", "", is_kind<Kind::kUndefined>},
    {"none", "", is_kind<Kind::kNone>},
    {"string", "", is_kind<Kind::kString>},
    {"mapping", "", is_kind<Kind::kDict>},
    {"iterable", "", is_sequence},
    {"sequence", "", is_sequence},
    {"boolean", "", is_kind<Kind::kBool>},
    {"true", "", is_bool<true>},
    {"false", "", is_bool<false>},
    {"integer", "", is_kind<Kind::kInteger>},
    {"float", "", is_kind<Kind::kFloat>},
    {"number", "", is_number},
    {"callable", "", is_callable},
    {"even", "", has_rest<0>},
    {"odd", "", has_rest<1>},
    {"divisibleby", "num", divisible_by},
    {"equalto", "other", compares<kEqual>},
    {"eq", "other", compares<kEqual>},
    {"==", "other", compares<kEqual>},
    {"ne", "other", compares<kNotEqual>},
    {"!=", "other", compares<kNotEqual>},
    {"lt", "other", compares<kLess>},
    {"lessthan", "other", compares<kLess>},
    {"<", "other", compares<kLess>},
    {"le", "other", compares<kLessOrEqual>},
    {"<=", "other", compares<kLessOrEqual>},
    {"gt", "other", compares<kGreater>},
    {"greaterthan", "other", compares<kGreater>},
    {">", "other", compares<kGreater>},
    {"ge", "other", compares<kGreaterOrEqual>},
    {">=", "other", compares<kGreaterOrEqual>},
    {"in", "seq", compares<kIn>},
    {"lower", "", is_lower},
    {"upper", "", is_upper},
    {"sameas", "other", same_as},
}};

}  // namespace

bool apply_test(Runtime& runtime, std::string_view name, const Value& subject,
                const Arguments& arguments) {
  for (const Function& test : kTests) {
    if (test.name == name) return run(test, runtime, subject, arguments).as_bool();
  }
  fail(ErrorCode::kCorrupt, "unknown test ", quote(name));
}

}  // namespace lathe::text::jinja
