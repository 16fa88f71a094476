// SPDX-License-Identifier: Apache-2.0
// Expressions.
#include "lathe/base/error.h"
#include "lathe/text/jinja/interpreter.h"
#include "lathe/text/jinja/operators.h"

namespace lathe::text::jinja {

Value Interpreter::evaluate(const Expression& expression, Scope& scope) {
  const Runtime::Level level(runtime_);
  runtime_.step();
  runtime_.line = expression.line;
  return std::visit([&](const auto& node) { return eval(node, scope); }, expression.node);
}

Value Interpreter::evaluate_or_none(const ExpressionPtr& expression, Scope& scope) {
  return expression ? evaluate(*expression, scope) : Value();
}

Arguments Interpreter::evaluate(const CallArguments& arguments, Scope& scope) {
  Arguments out;
  for (const ExpressionPtr& argument : arguments.positional) {
    out.positional.push_back(evaluate(*argument, scope));
  }
  for (const auto& [name, argument] : arguments.keyword) {
    out.keyword.emplace_back(name, evaluate(*argument, scope));
  }
  return out;
}

Value Interpreter::eval(const Literal& node, Scope&) { return node.value; }

Value Interpreter::eval(const Name& node, Scope& scope) {
  const Value* found = scope.find(node.name);
  return found != nullptr ? *found : Value::undefined(node.name);
}

Value Interpreter::eval(const ListDisplay& node, Scope& scope) {
  std::vector<Value> items;
  for (const ExpressionPtr& item : node.items) items.push_back(evaluate(*item, scope));
  runtime_.charge(items.size() * sizeof(Value));
  return node.is_tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

Value Interpreter::eval(const DictDisplay& node, Scope& scope) {
  std::vector<std::pair<Value, Value>> items;
  for (const auto& [key, value] : node.items) {
    Value evaluated = evaluate(*key, scope);
    items.emplace_back(std::move(evaluated), evaluate(*value, scope));
  }
  return runtime_.dict(std::move(items));
}

Value Interpreter::eval(const Unary& node, Scope& scope) {
  const Value operand = evaluate(*node.operand, scope);
  if (node.sign == 'n') return Value(!operand.truthy());
  const Value negated = negate(operand);
  return node.sign == '-' ? negated : negate(negated);
}

Value Interpreter::eval(const Binary& node, Scope& scope) {
  const Value left = evaluate(*node.left, scope);
  const Value right = evaluate(*node.right, scope);
  return binary(runtime_, node.sign, left, right);
}

Value Interpreter::eval(const Logical& node, Scope& scope) {
  Value left = evaluate(*node.left, scope);
  return left.truthy() == node.is_and ? evaluate(*node.right, scope) : left;
}

Value Interpreter::eval(const Compare& node, Scope& scope) {
  Value left = evaluate(*node.first, scope);
  for (const auto& [sign, operand] : node.rest) {
    Value right = evaluate(*operand, scope);
    if (!compare(runtime_, sign, left, right)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Interpreter::eval(const Conditional& node, Scope& scope) {
  if (evaluate(*node.condition, scope).truthy()) return evaluate(*node.then, scope);
  if (node.otherwise) return evaluate(*node.otherwise, scope);
  return Value::undefined("the value of an if without else");
}

Value Interpreter::eval(const Attribute& node, Scope& scope) {
  return attribute(runtime_, evaluate(*node.object, scope), node.name);
}

Value Interpreter::eval(const Subscript& node, Scope& scope) {
  const Value object = evaluate(*node.object, scope);
  return subscript(runtime_, object, evaluate(*node.index, scope));
}

Value Interpreter::eval(const Slice& node, Scope& scope) {
  const Value object = evaluate(*node.object, scope);
  const auto bound = [&](const ExpressionPtr& part) -> std::optional<int64_t> {
    const Value value = evaluate_or_none(part, scope);
    return value.is_none() ? std::nullopt : std::optional(value.as_integer());
  };
  const std::optional<int64_t> start = bound(node.start);
  const std::optional<int64_t> stop = bound(node.stop);
  return slice(runtime_, object, {start, stop, bound(node.step)});
}

Value Interpreter::eval(const CallExpression& node, Scope& scope) {
  const Value callee = evaluate(*node.callee, scope);
  const Arguments arguments = evaluate(node.arguments, scope);
  return runtime_.call(callee, arguments);
}

Value Interpreter::eval(const FilterExpression& node, Scope& scope) {
  LATHE_CHECK(node.subject != nullptr, "a filter without subject is run by its block");
  const Value subject = evaluate(*node.subject, scope);
  return apply_filter(runtime_, node.name, subject, evaluate(node.arguments, scope));
}

Value Interpreter::eval(const TestExpression& node, Scope& scope) {
  const Value subject = evaluate(*node.subject, scope);
  return Value(apply_test(runtime_, node.name, subject, evaluate(node.arguments, scope)));
}

}  // namespace lathe::text::jinja
