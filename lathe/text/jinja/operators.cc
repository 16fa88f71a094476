// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/operators.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lathe/base/error.h"
#include "lathe/text/jinja/python_repr.h"

namespace lathe::text::jinja {
namespace {

[[noreturn]] void fail_operands(std::string_view sign, const Value& left, const Value& right) {
  refuse_undefined(left);
  refuse_undefined(right);
  fail(ErrorCode::kCorrupt, "unsupported operand types for ", sign, ": ", left.type_name(), " and ",
       right.type_name());
}

bool both_integers(const Value& left, const Value& right) {
  return !left.is(Value::Kind::kFloat) && !right.is(Value::Kind::kFloat);
}

bool both_numbers(const Value& left, const Value& right) {
  return left.is_number() && right.is_number();
}

Value checked(bool overflowed, int64_t value) {
  if (overflowed) fail(ErrorCode::kCorrupt, "integer of more than 64 bits");
  return Value(value);
}

void check_divisor(const Value& divisor) {
  if (divisor.as_number() == 0) fail(ErrorCode::kCorrupt, "division by zero");
}

Value add(Runtime& runtime, const Value& left, const Value& right) {
  if (left.is_string() && right.is_string()) {
    return runtime.text(left.as_string() + right.as_string());
  }
  if (left.is_list() && right.is_list() && left.as_list().is_tuple == right.as_list().is_tuple) {
    std::vector<Value> items = left.as_list().items;
    items.insert(items.end(), right.as_list().items.begin(), right.as_list().items.end());
    runtime.charge(items.size() * sizeof(Value));
    return left.as_list().is_tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
  }
  if (!both_numbers(left, right)) fail_operands("+", left, right);
  if (!both_integers(left, right)) return Value(left.as_number() + right.as_number());
  int64_t sum = 0;
  const bool overflowed = __builtin_add_overflow(left.as_integer(), right.as_integer(), &sum);
  return checked(overflowed, sum);
}

Value subtract(Runtime&, const Value& left, const Value& right) {
  if (!both_numbers(left, right)) fail_operands("-", left, right);
  if (!both_integers(left, right)) return Value(left.as_number() - right.as_number());
  int64_t difference = 0;
  const bool overflowed =
      __builtin_sub_overflow(left.as_integer(), right.as_integer(), &difference);
  return checked(overflowed, difference);
}

// "ab" * 2, [1] * 2
Value repeat(Runtime& runtime, const Value& sequence, int64_t count) {
  const auto times = static_cast<size_t>(std::clamp<int64_t>(count, 0, INT32_MAX));
  if (sequence.is_string()) {
    const std::string& text = sequence.as_string();
    runtime.charge(text.size() * times);  // before the memory is taken
    std::string out;
    for (size_t i = 0; i < (text.empty() ? 0 : times); ++i) out += text;
    return Value(std::move(out));
  }
  const std::vector<Value>& items = sequence.as_list().items;
  runtime.charge(items.size() * times * sizeof(Value));
  std::vector<Value> out;
  for (size_t i = 0; i < (items.empty() ? 0 : times); ++i) {
    out.insert(out.end(), items.begin(), items.end());
  }
  return sequence.as_list().is_tuple ? Value::tuple(std::move(out)) : Value::list(std::move(out));
}

Value multiply(Runtime& runtime, const Value& left, const Value& right) {
  const auto is_sequence = [](const Value& value) { return value.is_string() || value.is_list(); };
  if (is_sequence(left) && right.is_integer()) return repeat(runtime, left, right.as_integer());
  if (is_sequence(right) && left.is_integer()) return repeat(runtime, right, left.as_integer());
  if (!both_numbers(left, right)) fail_operands("*", left, right);
  if (!both_integers(left, right)) return Value(left.as_number() * right.as_number());
  int64_t product = 0;
  const bool overflowed = __builtin_mul_overflow(left.as_integer(), right.as_integer(), &product);
  return checked(overflowed, product);
}

Value divide(Runtime&, const Value& left, const Value& right) {
  if (!both_numbers(left, right)) fail_operands("/", left, right);
  check_divisor(right);
  return Value(left.as_number() / right.as_number());
}

// Python's rest: its sign is that of the divisor.
double rest_of(double a, double b) {
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

// Rounds towards minus infinity. Of floats the rest is taken off first: 1.0 // 0.1 is 9, although
// 1.0 / 0.1 rounds to 10.
Value floor_divide(Runtime&, const Value& left, const Value& right) {
  if (!both_numbers(left, right)) fail_operands("//", left, right);
  check_divisor(right);
  if (!both_integers(left, right)) {
    const double rest = rest_of(left.as_number(), right.as_number());
    return Value(std::round((left.as_number() - rest) / right.as_number()));
  }
  const int64_t a = left.as_integer();
  const int64_t b = right.as_integer();
  if (b == -1) return negate(Value(a));
  return Value(a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0));
}

Value modulo(Runtime&, const Value& left, const Value& right) {
  if (!both_numbers(left, right)) fail_operands("%", left, right);
  check_divisor(right);
  if (!both_integers(left, right)) {
    return Value(rest_of(left.as_number(), right.as_number()));
  }
  const int64_t b = right.as_integer();
  if (b == -1) return Value(int64_t{0});
  const int64_t rest = left.as_integer() % b;
  return Value(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
}

Value power(Runtime& runtime, const Value& left, const Value& right) {
  if (!both_numbers(left, right)) fail_operands("**", left, right);
  if (right.as_number() < 0) check_divisor(left);  // 0 ** -1 is 1 / 0
  if (!both_integers(left, right) || right.as_integer() < 0) {
    return Value(std::pow(left.as_number(), right.as_number()));
  }
  Value out(int64_t{1});
  const int64_t base = left.as_integer();
  const int64_t exponent = base == 0 || base == 1 || base == -1
                               ? std::min<int64_t>(right.as_integer(), 2 + right.as_integer() % 2)
                               : right.as_integer();
  for (int64_t i = 0; i < exponent; ++i) out = multiply(runtime, out, Value(base));
  return out;
}

Value concatenate(Runtime& runtime, const Value& left, const Value& right) {
  return runtime.text(to_str(left) + to_str(right));
}

struct Operator {
  std::string_view sign;
  Value (*run)(Runtime&, const Value&, const Value&);
};
constexpr std::array<Operator, 8> kOperators = {{{"+", add},
                                                 {"-", subtract},
                                                 {"*", multiply},
                                                 {"/", divide},
                                                 {"//", floor_divide},
                                                 {"%", modulo},
                                                 {"**", power},
                                                 {"~", concatenate}}};

}  // namespace

Value binary(Runtime& runtime, std::string_view sign, const Value& left, const Value& right) {
  runtime.visit(left);
  runtime.visit(right);
  const auto* found = std::ranges::find(kOperators, sign, &Operator::sign);
  LATHE_CHECK(found != kOperators.end(), "unknown operator", sign);
  return found->run(runtime, left, right);
}

Value negate(const Value& operand) {
  const bool is_whole = operand.is_integer() || operand.is(Value::Kind::kBool);
  if (!is_whole) return Value(-operand.as_number());
  const int64_t value = operand.as_integer();
  return checked(value == INT64_MIN, value == INT64_MIN ? 0 : -value);
}

bool less(Runtime& runtime, const Value& left, const Value& right) {
  if (both_numbers(left, right)) {
    return both_integers(left, right) ? left.as_integer() < right.as_integer()
                                      : left.as_number() < right.as_number();
  }
  if (left.is_string() && right.is_string()) return left.as_string() < right.as_string();
  if (!left.is_list() || !right.is_list()) fail_operands("<", left, right);
  const std::vector<Value>& a = left.as_list().items;
  const std::vector<Value>& b = right.as_list().items;
  const auto [i, j] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (i == a.end() || j == b.end()) return i == a.end() && j != b.end();
  return less(runtime, *i, *j);
}

bool contains(Runtime& runtime, const Value& container, const Value& item) {
  runtime.visit(container);
  if (container.is_undefined()) return false;
  if (container.is_string()) {
    return container.as_string().find(item.as_string()) != std::string::npos;
  }
  if (container.is_dict()) return container.as_dict().find(item) != nullptr;
  if (const Namespace* space = container.as_namespace()) {
    return item.is_string() && space->find(item.as_string()) != nullptr;
  }
  const std::vector<Value>& items = container.as_list().items;
  runtime.step(static_cast<int64_t>(items.size()) * item.extent().weight);
  return std::ranges::find(items, item) != items.end();
}

bool compare(Runtime& runtime, std::string_view sign, const Value& left, const Value& right) {
  if (sign == "in") return contains(runtime, right, left);
  if (sign == "not in") return !contains(runtime, right, left);
  runtime.visit(left);
  runtime.visit(right);
  if (sign == "==") return left == right;
  if (sign == "!=") return !(left == right);
  if (sign == "<") return less(runtime, left, right);
  if (sign == ">") return less(runtime, right, left);
  const bool equal = left == right;
  return equal || (sign == "<=" ? less(runtime, left, right) : less(runtime, right, left));
}

}  // namespace lathe::text::jinja
