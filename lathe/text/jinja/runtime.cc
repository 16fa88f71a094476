// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/runtime.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::text::jinja {
namespace {

struct Parameter {
  std::string_view name;
  bool is_optional;
};

std::vector<Parameter> read_parameters(std::string_view text) {
  std::vector<Parameter> out;
  if (text.empty()) return out;
  for (std::string_view name : split(text, ' ')) {
    const bool is_optional = name.ends_with('?');
    if (is_optional) name.remove_suffix(1);
    out.push_back({name, is_optional});
  }
  return out;
}

std::vector<const Value*> bind(const Function& function, const Arguments& arguments) {
  const std::vector<Parameter> parameters = read_parameters(function.parameters);
  if (arguments.positional.size() > parameters.size()) {
    fail(ErrorCode::kCorrupt, function.name, ": expected at most ", parameters.size(),
         " arguments, got ", arguments.positional.size());
  }
  std::vector<const Value*> out(parameters.size());
  for (size_t i = 0; i < arguments.positional.size(); ++i) out[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.keyword) {
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    if (found == parameters.end()) {
      fail(ErrorCode::kCorrupt, function.name, ": unknown argument ", quote(name));
    }
    const Value*& place = out[static_cast<size_t>(found - parameters.begin())];
    if (place != nullptr) {
      fail(ErrorCode::kCorrupt, function.name, ": argument ", quote(name), " is given twice");
    }
    place = &value;
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i] != nullptr || parameters[i].is_optional) continue;
    fail(ErrorCode::kCorrupt, function.name, ": argument ", quote(parameters[i].name),
         " is missing");
  }
  return out;
}

}  // namespace

void Runtime::step(int64_t count) {
  steps_ += count;
  if (steps_ > limits_.steps) {
    fail(ErrorCode::kResourceExhausted, "more than ", limits_.steps, " steps");
  }
}

void Runtime::charge(size_t bytes) {
  bytes_ += static_cast<int64_t>(bytes);
  if (bytes_ > limits_.bytes) {
    fail(ErrorCode::kResourceExhausted, "more than ", limits_.bytes, " bytes of text and values");
  }
}

Value Runtime::text(std::string text) {
  charge(text.size());
  return Value(std::move(text));
}

Value Runtime::list(std::vector<Value> items) {
  charge(items.size() * sizeof(Value));
  return Value::list(std::move(items));
}

Value Runtime::dict(std::vector<std::pair<Value, Value>> items) {
  const auto size = static_cast<int64_t>(items.size());
  step(size * size / 64);  // keys are compared one by one
  charge(items.size() * 2 * sizeof(Value));
  return Value::dict(std::move(items));
}

Namespace* Runtime::make_namespace() {
  charge(sizeof(Namespace));
  return &namespaces_.emplace_back();
}

Value Runtime::call(const Value& callee, const Arguments& arguments) {
  const Callable* callable = callee.as_callable();
  if (callable == nullptr) {
    refuse_undefined(callee);
    fail(ErrorCode::kCorrupt, "expected a function to call, got ", callee.type_name());
  }
  const Level level(*this);
  return callable->call(*this, arguments);
}

Runtime::Level::Level(Runtime& runtime) : runtime_(runtime) {
  if (runtime.level_ >= runtime.limits_.depth) {
    fail(ErrorCode::kResourceExhausted, "nested deeper than ", runtime.limits_.depth, " levels");
  }
  ++runtime.level_;
}

Value run(const Function& function, Runtime& runtime, const Value& subject,
          const Arguments& arguments) {
  runtime.visit(subject);
  for (const Value& argument : arguments.positional) runtime.visit(argument);
  std::vector<const Value*> bound;
  if (function.parameters != "*") bound = bind(function, arguments);
  return function.run({runtime, subject, arguments, std::move(bound)});
}

}  // namespace lathe::text::jinja
