// SPDX-License-Identifier: Apache-2.0
// Walks the tree of a template and writes its output.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lathe/text/jinja/ast.h"
#include "lathe/text/jinja/runtime.h"

namespace lathe::text::jinja {

// Names with values, within the names around them. Blocks of a loop, a macro or a `with` have one
// of their own.
class Scope {
 public:
  explicit Scope(const Scope* outer) : outer_(outer) {}
  const Value* find(std::string_view name) const;  // null where neither here nor outside
  void set(std::string_view name, Value value) { names_.set(name, std::move(value)); }
  void clear() { names_.items.clear(); }
  const std::vector<std::pair<std::string, Value>>& names() const { return names_.items; }
  const Scope* outer() const { return outer_; }

 private:
  const Scope* outer_;
  Namespace names_;
};

// One rendering. The tree outlives it.
class Interpreter {
 public:
  Interpreter(Runtime& runtime, Scope& globals) : runtime_(runtime), globals_(globals) {}

  std::string render(const Block& block);

 private:
  enum class Flow { kOn, kBreak, kContinue };

  // Statements: write to out_ and say how to go on.
  Flow run(const Block& block, Scope& scope);
  Flow run(const Data& node, Scope& scope);
  Flow run(const Output& node, Scope& scope);
  Flow run(const If& node, Scope& scope);
  Flow run(const For& node, Scope& scope);
  Flow run(const Set& node, Scope& scope);
  Flow run(const SetBlock& node, Scope& scope);
  Flow run(const Macro& node, Scope& scope);
  Flow run(const CallBlock& node, Scope& scope);
  Flow run(const FilterBlock& node, Scope& scope);
  Flow run(const With& node, Scope& scope);
  Flow run(const Break&, Scope&) { return Flow::kBreak; }
  Flow run(const Continue&, Scope&) { return Flow::kContinue; }

  void write(std::string_view text);
  std::string captured(const Block& block, Scope& scope);  // what the block writes
  Value filtered(std::string text, const std::vector<ExpressionPtr>& filters, Scope& scope);
  void assign(const Target& target, const Value& value, Scope& scope);
  std::vector<Value> loop_items(const For& node, Scope& scope);
  bool run_loop(const For& node, const std::vector<Value>& items, Scope& scope);
  Value macro_value(const Macro& node, const Scope& scope);
  Value call_macro(const Macro& node, const Arguments& arguments, Scope& scope);

  // Expressions.
  Value evaluate(const Expression& expression, Scope& scope);
  Value evaluate_or_none(const ExpressionPtr& expression, Scope& scope);
  Arguments evaluate(const CallArguments& arguments, Scope& scope);
  Value eval(const Literal& node, Scope& scope);
  Value eval(const Name& node, Scope& scope);
  Value eval(const ListDisplay& node, Scope& scope);
  Value eval(const DictDisplay& node, Scope& scope);
  Value eval(const Unary& node, Scope& scope);
  Value eval(const Binary& node, Scope& scope);
  Value eval(const Logical& node, Scope& scope);
  Value eval(const Compare& node, Scope& scope);
  Value eval(const Conditional& node, Scope& scope);
  Value eval(const Attribute& node, Scope& scope);
  Value eval(const Subscript& node, Scope& scope);
  Value eval(const Slice& node, Scope& scope);
  Value eval(const CallExpression& node, Scope& scope);
  Value eval(const FilterExpression& node, Scope& scope);
  Value eval(const TestExpression& node, Scope& scope);

  Runtime& runtime_;
  Scope& globals_;
  std::string out_;
};

}  // namespace lathe::text::jinja
