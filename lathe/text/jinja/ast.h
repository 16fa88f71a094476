// SPDX-License-Identifier: Apache-2.0
// A template as a tree. Plain data; depth is bounded by the parser.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lathe/text/jinja/value.h"

namespace lathe::text::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;  // null where a part is left out

struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> keyword;
};

struct Literal {
  Value value;
};
struct Name {
  std::string name;
};
struct ListDisplay {
  std::vector<ExpressionPtr> items;
  bool is_tuple;
};
struct DictDisplay {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items;
};
struct Unary {
  char sign;  // '-', '+', or 'n' for not
  ExpressionPtr operand;
};
struct Binary {
  std::string sign;  // + - * / // % ** ~
  ExpressionPtr left, right;
};
struct Logical {
  bool is_and;
  ExpressionPtr left, right;
};
struct Compare {
  ExpressionPtr first;
  std::vector<std::pair<std::string, ExpressionPtr>> rest;  // == != < <= > >= in "not in"
};
struct Conditional {
  ExpressionPtr then, condition, otherwise;  // otherwise may be null
};
struct Attribute {
  ExpressionPtr object;
  std::string name;
};
struct Subscript {
  ExpressionPtr object, index;
};
struct Slice {
  ExpressionPtr object, start, stop, step;  // each but object may be null
};
struct CallExpression {
  ExpressionPtr callee;
  CallArguments arguments;
};
struct FilterExpression {
  ExpressionPtr subject;  // null in a filter block: its text
  std::string name;
  CallArguments arguments;
};
struct TestExpression {
  ExpressionPtr subject;
  std::string name;
  CallArguments arguments;
};

struct Expression {
  int line;
  int depth;  // of the tree below
  std::variant<Literal, Name, ListDisplay, DictDisplay, Unary, Binary, Logical, Compare,
               Conditional, Attribute, Subscript, Slice, CallExpression, FilterExpression,
               TestExpression>
      node;
};

struct Statement;
using Block = std::vector<Statement>;

// What an assignment or a loop writes to: names, taken apart where there are several, or an
// attribute of a namespace.
struct Target {
  std::vector<std::string> names;
  bool unpacks = false;
  std::string attribute;  // not empty: of the namespace names[0]
};

struct Parameter {
  std::string name;
  ExpressionPtr otherwise;  // null where an argument is needed
};

struct Data {
  std::string text;
};
struct Output {
  ExpressionPtr value;
};
struct If {
  std::vector<std::pair<ExpressionPtr, Block>> branches;
  Block otherwise;
};
struct For {
  Target target;
  ExpressionPtr items, condition;  // condition may be null
  Block body, otherwise;
};
struct Set {
  Target target;
  ExpressionPtr value;
};
struct SetBlock {
  Target target;
  std::vector<ExpressionPtr> filters;  // FilterExpressions without subject
  Block body;
};
struct Macro {
  std::string name;
  std::vector<Parameter> parameters;
  Block body;
};
struct CallBlock {
  Macro caller;
  ExpressionPtr call;  // a CallExpression
};
struct FilterBlock {
  std::vector<ExpressionPtr> filters;
  Block body;
};
struct With {
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  Block body;
};
struct Break {};
struct Continue {};

struct Statement {
  int line;
  std::variant<Data, Output, If, For, Set, SetBlock, Macro, CallBlock, FilterBlock, With, Break,
               Continue>
      node;
};

}  // namespace lathe::text::jinja
