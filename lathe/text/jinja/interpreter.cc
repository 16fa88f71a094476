// SPDX-License-Identifier: Apache-2.0
// Statements.
#include "lathe/text/jinja/interpreter.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/text/jinja/operators.h"
#include "lathe/text/jinja/python_repr.h"

namespace lathe::text::jinja {

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    if (const Value* found = scope->names_.find(name)) return found;
  }
  return nullptr;
}

std::string Interpreter::render(const Block& block) {
  run(block, globals_);
  return std::move(out_);
}

Interpreter::Flow Interpreter::run(const Block& block, Scope& scope) {
  const Runtime::Level level(runtime_);
  for (const Statement& statement : block) {
    runtime_.step();
    runtime_.line = statement.line;
    const Flow flow =
        std::visit([&](const auto& node) { return run(node, scope); }, statement.node);
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

void Interpreter::write(std::string_view text) {
  runtime_.charge(text.size());
  out_ += text;
}

Interpreter::Flow Interpreter::run(const Data& node, Scope&) {
  write(node.text);
  return Flow::kOn;
}

Interpreter::Flow Interpreter::run(const Output& node, Scope& scope) {
  const Value value = evaluate(*node.value, scope);
  runtime_.visit(value);
  write(to_str(value));
  return Flow::kOn;
}

Interpreter::Flow Interpreter::run(const If& node, Scope& scope) {
  for (const auto& [condition, body] : node.branches) {
    if (evaluate(*condition, scope).truthy()) return run(body, scope);
  }
  return run(node.otherwise, scope);
}

std::vector<Value> Interpreter::loop_items(const For& node, Scope& scope) {
  const int line = runtime_.line;
  std::vector<Value> items = iterate(runtime_, evaluate(*node.items, scope));
  if (!node.condition) return items;
  Scope inner(&scope);
  std::erase_if(items, [&](const Value& item) {
    assign(node.target, item, inner);
    return !evaluate(*node.condition, inner).truthy();
  });
  runtime_.line = line;
  return items;
}

Interpreter::Flow Interpreter::run(const For& node, Scope& scope) {
  const std::vector<Value> items = loop_items(node, scope);
  return run_loop(node, items, scope) ? Flow::kOn : run(node.otherwise, scope);
}

namespace {

// What `loop` says in iteration `i` of `items`.
void describe_iteration(Namespace& loop, const std::vector<Value>& items, size_t i) {
  const auto index = static_cast<int64_t>(i);
  const auto count = static_cast<int64_t>(items.size());
  loop.set("index", Value(index + 1));
  loop.set("index0", Value(index));
  loop.set("revindex", Value(count - index));
  loop.set("revindex0", Value(count - index - 1));
  loop.set("first", Value(i == 0));
  loop.set("last", Value(index + 1 == count));
  loop.set("length", Value(count));
  loop.set("previtem", i > 0 ? items[i - 1] : Value::undefined("previtem"));
  loop.set("nextitem", index + 1 < count ? items[i + 1] : Value::undefined("nextitem"));
}

// loop.cycle('odd', 'even')
Value cycle_of(Namespace* loop) {
  return Value(Callable{"cycle", [loop](Runtime&, const Arguments& arguments) {
                          const std::vector<Value>& choices = arguments.positional;
                          if (choices.empty()) {
                            fail(ErrorCode::kCorrupt, "cycle: expected arguments");
                          }
                          const int64_t index = loop->find("index0")->as_integer();
                          return choices[static_cast<size_t>(index) % choices.size()];
                        }});
}

}  // namespace

// Whether an iteration came to its end. Jinja's `else` asks that, not whether there were items: a
// loop that only broke off or went on early has none.
bool Interpreter::run_loop(const For& node, const std::vector<Value>& items, Scope& scope) {
  Scope inner(&scope);
  Namespace* loop = runtime_.make_namespace();
  loop->is_writable = false;
  loop->set("cycle", cycle_of(loop));
  loop->set("depth", Value(int64_t{1}));  // grows in recursive loops alone
  loop->set("depth0", Value(int64_t{0}));
  bool completed = false;
  for (size_t i = 0; i < items.size(); ++i) {
    runtime_.step();
    inner.clear();
    describe_iteration(*loop, items, i);
    inner.set("loop", Value(loop));
    assign(node.target, items[i], inner);
    const Flow flow = run(node.body, inner);
    if (flow == Flow::kBreak) break;
    completed = completed || flow == Flow::kOn;
  }
  return completed;
}

void Interpreter::assign(const Target& target, const Value& value, Scope& scope) {
  if (!target.attribute.empty()) {
    const Value* object = scope.find(target.names[0]);
    Namespace* space = object == nullptr ? nullptr : object->as_namespace();
    if (space == nullptr || !space->is_writable) {
      fail(ErrorCode::kCorrupt, "cannot set ", quote(target.attribute), " of ",
           quote(target.names[0]), ": it is no namespace");
    }
    return space->set(target.attribute, value);
  }
  if (!target.unpacks) return scope.set(target.names[0], value);
  const std::vector<Value> parts = iterate(runtime_, value);
  if (parts.size() != target.names.size()) {
    fail(ErrorCode::kCorrupt, "expected ", target.names.size(), " values to unpack, got ",
         parts.size());
  }
  for (size_t i = 0; i < parts.size(); ++i) scope.set(target.names[i], parts[i]);
}

Interpreter::Flow Interpreter::run(const Set& node, Scope& scope) {
  assign(node.target, evaluate(*node.value, scope), scope);
  return Flow::kOn;
}

std::string Interpreter::captured(const Block& block, Scope& scope) {
  std::string outside = std::exchange(out_, {});
  run(block, scope);
  return std::exchange(out_, std::move(outside));
}

Value Interpreter::filtered(std::string text, const std::vector<ExpressionPtr>& filters,
                            Scope& scope) {
  Value value(std::move(text));
  for (const ExpressionPtr& filter : filters) {
    const auto& node = std::get<FilterExpression>(filter->node);
    value = apply_filter(runtime_, node.name, value, evaluate(node.arguments, scope));
  }
  return value;
}

Interpreter::Flow Interpreter::run(const SetBlock& node, Scope& scope) {
  Scope inner(&scope);
  std::string text = captured(node.body, inner);
  assign(node.target, filtered(std::move(text), node.filters, scope), scope);
  return Flow::kOn;
}

Interpreter::Flow Interpreter::run(const FilterBlock& node, Scope& scope) {
  Scope inner(&scope);
  std::string text = captured(node.body, inner);
  write(to_str(filtered(std::move(text), node.filters, scope)));
  return Flow::kOn;
}

Interpreter::Flow Interpreter::run(const With& node, Scope& scope) {
  Scope inner(&scope);
  for (const auto& [target, value] : node.assignments) {
    assign(target, evaluate(*value, scope), inner);
  }
  return run(node.body, inner);
}

// A macro sees the template's own names as they are when it is called. Of blocks around it, which
// it may outlive, it sees the names as they were when it was defined.
Value Interpreter::macro_value(const Macro& node, const Scope& scope) {
  std::vector<std::pair<std::string, Value>> seen;
  for (const Scope* outer = &scope; outer != &globals_; outer = outer->outer()) {
    seen.insert(seen.begin(), outer->names().begin(), outer->names().end());
  }
  runtime_.charge(seen.size() * sizeof(seen[0]));
  return Value(Callable{node.name, [this, &node, seen](Runtime&, const Arguments& arguments) {
                          Scope names(&globals_);
                          for (const auto& [name, value] : seen) names.set(name, value);
                          return call_macro(node, arguments, names);
                        }});
}

Interpreter::Flow Interpreter::run(const Macro& node, Scope& scope) {
  scope.set(node.name, macro_value(node, scope));
  return Flow::kOn;
}

Value Interpreter::call_macro(const Macro& node, const Arguments& arguments, Scope& scope) {
  if (arguments.positional.size() > node.parameters.size()) {
    fail(ErrorCode::kCorrupt, node.name, ": expected at most ", node.parameters.size(),
         " arguments, got ", arguments.positional.size());
  }
  for (const auto& [name, value] : arguments.keyword) {
    const bool known =
        name == "caller" ||
        std::ranges::find(node.parameters, name, &Parameter::name) != node.parameters.end();
    if (!known) fail(ErrorCode::kCorrupt, node.name, ": unknown argument ", quote(name));
    scope.set(name, value);
  }
  for (size_t i = 0; i < node.parameters.size(); ++i) {
    const Parameter& parameter = node.parameters[i];
    const bool by_name = std::ranges::any_of(
        arguments.keyword, [&](const auto& item) { return item.first == parameter.name; });
    if (i < arguments.positional.size()) {
      if (by_name) {
        fail(ErrorCode::kCorrupt, node.name, ": argument ", quote(parameter.name),
             " is given twice");
      }
      scope.set(parameter.name, arguments.positional[i]);
    } else if (!by_name) {
      scope.set(parameter.name, parameter.otherwise ? evaluate(*parameter.otherwise, scope)
                                                    : Value::undefined(parameter.name));
    }
  }
  return Value(captured(node.body, scope));
}

// {% call f(x) %}…{% endcall %}: f gets the block as its `caller`.
Interpreter::Flow Interpreter::run(const CallBlock& node, Scope& scope) {
  const auto& call = std::get<CallExpression>(node.call->node);
  const Value callee = evaluate(*call.callee, scope);
  Arguments arguments = evaluate(call.arguments, scope);
  arguments.keyword.emplace_back("caller", macro_value(node.caller, scope));
  write(to_str(runtime_.call(callee, arguments)));
  return Flow::kOn;
}

}  // namespace lathe::text::jinja
