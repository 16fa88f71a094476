// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "lathe/text/jinja/parser.h"

namespace lathe::text::jinja {
namespace {

constexpr int kMaxDepth = 250;  // of a tree: chains like a + b + c count too

int deepest_of(const std::vector<ExpressionPtr>& list) {
  int deepest = 0;
  for (const ExpressionPtr& item : list) deepest = std::max(deepest, item->depth);
  return deepest;
}

int deepest_of(const CallArguments& arguments) {
  int deepest = deepest_of(arguments.positional);
  for (const auto& item : arguments.keyword) deepest = std::max(deepest, item.second->depth);
  return deepest;
}

// How deep the parts of a node are that stand in lists.
template <class Node>
int deepest_listed(const Node&) {
  return 0;
}
int deepest_listed(const ListDisplay& node) { return deepest_of(node.items); }
int deepest_listed(const CallExpression& node) { return deepest_of(node.arguments); }
int deepest_listed(const FilterExpression& node) { return deepest_of(node.arguments); }
int deepest_listed(const TestExpression& node) { return deepest_of(node.arguments); }
int deepest_listed(const Compare& node) {
  int deepest = 0;
  for (const auto& item : node.rest) deepest = std::max(deepest, item.second->depth);
  return deepest;
}
int deepest_listed(const DictDisplay& node) {
  int deepest = 0;
  for (const auto& item : node.items) {
    deepest = std::max({deepest, item.first->depth, item.second->depth});
  }
  return deepest;
}

// The digits of a number without underscores; Python's prefixes choose the base.
Value integer_value(const TokenStream& tokens, std::string text) {
  std::erase(text, '_');
  int base = 10;
  if (text.size() > 2 && text[0] == '0') {
    const char kind = static_cast<char>(text[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
    if (base != 10) text.erase(0, 2);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    tokens.refuse("expected an integer of 64 bits, got ", quote(text));
  }
  return Value(value);
}

Value float_value(const TokenStream& tokens, std::string text) {
  std::erase(text, '_');
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    tokens.refuse("expected a number, got ", quote(text));
  }
  return Value(value);
}

}  // namespace

template <class Node>
ExpressionPtr ExpressionParser::make(Node node, std::initializer_list<const Expression*> parts) {
  int deepest = deepest_listed(node);
  for (const Expression* part : parts) {
    if (part != nullptr) deepest = std::max(deepest, part->depth);
  }
  return ExpressionPtr(new Expression{tokens_.line(), checked_depth(deepest), {std::move(node)}});
}

int ExpressionParser::checked_depth(int deepest) const {
  if (deepest >= kMaxDepth) tokens_.refuse("expression of more than ", kMaxDepth, " levels");
  return deepest + 1;
}

ExpressionPtr ExpressionParser::parse() {
  const TokenStream::Level level(tokens_);
  ExpressionPtr out = parse_or();
  while (tokens_.take_name("if")) {
    ExpressionPtr condition = parse_or();
    ExpressionPtr otherwise = tokens_.take_name("else") ? parse() : nullptr;
    const auto parts = {out.get(), condition.get(), otherwise.get()};
    out = make(Conditional{std::move(out), std::move(condition), std::move(otherwise)}, parts);
  }
  return out;
}

ExpressionPtr ExpressionParser::parse_without_if() {
  const TokenStream::Level level(tokens_);
  ExpressionPtr first = parse_or();
  if (!tokens_.at_sign(",")) return first;
  ListDisplay tuple{{}, true};
  tuple.items.push_back(std::move(first));
  while (tokens_.take_sign(",")) tuple.items.push_back(parse_or());
  return make(std::move(tuple));
}

ExpressionPtr ExpressionParser::parse_tuple() {
  ExpressionPtr first = parse();
  if (!tokens_.at_sign(",")) return first;
  ListDisplay tuple{{}, true};
  tuple.items.push_back(std::move(first));
  while (tokens_.take_sign(",")) {
    const TokenKind next = tokens_.peek().kind;
    if (next == TokenKind::kOutputEnd || next == TokenKind::kStatementEnd) break;
    tuple.items.push_back(parse());
  }
  return make(std::move(tuple));
}

ExpressionPtr ExpressionParser::parse_or() {
  ExpressionPtr left = parse_and();
  while (tokens_.take_name("or")) {
    ExpressionPtr right = parse_and();
    const auto parts = {left.get(), right.get()};
    left = make(Logical{false, std::move(left), std::move(right)}, parts);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_and() {
  ExpressionPtr left = parse_not();
  while (tokens_.take_name("and")) {
    ExpressionPtr right = parse_not();
    const auto parts = {left.get(), right.get()};
    left = make(Logical{true, std::move(left), std::move(right)}, parts);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_not() {
  if (!tokens_.take_name("not")) return parse_compare();
  const TokenStream::Level level(tokens_);
  ExpressionPtr operand = parse_not();
  const auto parts = {operand.get()};
  return make(Unary{'n', std::move(operand)}, parts);
}

ExpressionPtr ExpressionParser::parse_compare() {
  Compare compare{parse_sum(), {}};
  while (true) {
    std::string sign;
    for (const std::string_view known : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (tokens_.at_sign(known)) sign = known;
    }
    if (tokens_.at_name("in")) sign = "in";
    if (tokens_.at_name("not") && tokens_.peek(1).kind == TokenKind::kName &&
        tokens_.peek(1).text == "in") {
      sign = "not in";
      tokens_.take();
    }
    if (sign.empty()) break;
    tokens_.take();
    compare.rest.emplace_back(std::move(sign), parse_sum());
  }
  if (compare.rest.empty()) return std::move(compare.first);
  const auto parts = {compare.first.get()};
  return make(std::move(compare), parts);
}

ExpressionPtr ExpressionParser::parse_binary(std::initializer_list<std::string_view> signs,
                                             ExpressionPtr (ExpressionParser::*operand)()) {
  ExpressionPtr left = (this->*operand)();
  while (true) {
    const auto sign = std::ranges::find_if(
        signs, [&](std::string_view known) { return tokens_.take_sign(known); });
    if (sign == signs.end()) return left;
    ExpressionPtr right = (this->*operand)();
    const auto parts = {left.get(), right.get()};
    left = make(Binary{std::string(*sign), std::move(left), std::move(right)}, parts);
  }
}

ExpressionPtr ExpressionParser::parse_sum() {
  return parse_binary({"+", "-"}, &ExpressionParser::parse_concatenation);
}
ExpressionPtr ExpressionParser::parse_concatenation() {
  return parse_binary({"~"}, &ExpressionParser::parse_product);
}
ExpressionPtr ExpressionParser::parse_product() {
  return parse_binary({"*", "/", "//", "%"}, &ExpressionParser::parse_power);
}
ExpressionPtr ExpressionParser::parse_power() {
  return parse_binary({"**"}, &ExpressionParser::parse_unary);
}

ExpressionPtr ExpressionParser::parse_unary() { return parse_filters(parse_signed()); }

// A sign binds closer than a filter: -1|abs is (-1)|abs.
ExpressionPtr ExpressionParser::parse_signed() {
  for (const char sign : {'-', '+'}) {
    if (!tokens_.take_sign(std::string_view(&sign, 1))) continue;
    const TokenStream::Level level(tokens_);
    ExpressionPtr operand = parse_signed();
    const auto parts = {operand.get()};
    return make(Unary{sign, std::move(operand)}, parts);
  }
  return parse_postfix(parse_primary());
}

ExpressionPtr ExpressionParser::parse_primary() {
  const Token& token = tokens_.peek();
  if (token.kind == TokenKind::kName) return parse_named();
  if (token.kind == TokenKind::kInteger) {
    return make(Literal{integer_value(tokens_, tokens_.take().text)});
  }
  if (token.kind == TokenKind::kFloat) {
    return make(Literal{float_value(tokens_, tokens_.take().text)});
  }
  if (token.kind == TokenKind::kString) {
    std::string text;
    while (tokens_.peek().kind == TokenKind::kString) text += tokens_.take().text;
    return make(Literal{Value(std::move(text))});
  }
  if (tokens_.take_sign("(")) return parse_parentheses();
  if (tokens_.take_sign("[")) return parse_list();
  if (tokens_.take_sign("{")) return parse_dict();
  tokens_.refuse_token("an expression");
}

ExpressionPtr ExpressionParser::parse_named() {
  const std::string name = tokens_.take().text;
  if (name == "true" || name == "True") return make(Literal{Value(true)});
  if (name == "false" || name == "False") return make(Literal{Value(false)});
  if (name == "none" || name == "None") return make(Literal{Value()});
  return make(Name{name});
}

ExpressionPtr ExpressionParser::parse_parentheses() {
  ListDisplay tuple{{}, true};
  bool is_tuple = tokens_.at_sign(")");
  while (!tokens_.at_sign(")")) {
    tuple.items.push_back(parse());
    if (!tokens_.take_sign(",")) break;
    is_tuple = true;
  }
  tokens_.expect_sign(")");
  return is_tuple ? make(std::move(tuple)) : std::move(tuple.items.front());
}

ExpressionPtr ExpressionParser::parse_list() {
  ListDisplay list{{}, false};
  while (!tokens_.at_sign("]")) {
    list.items.push_back(parse());
    if (!tokens_.take_sign(",")) break;
  }
  tokens_.expect_sign("]");
  return make(std::move(list));
}

ExpressionPtr ExpressionParser::parse_dict() {
  DictDisplay dict;
  while (!tokens_.at_sign("}")) {
    ExpressionPtr key = parse();
    tokens_.expect_sign(":");
    dict.items.emplace_back(std::move(key), parse());
    if (!tokens_.take_sign(",")) break;
  }
  tokens_.expect_sign("}");
  return make(std::move(dict));
}

ExpressionPtr ExpressionParser::parse_postfix(ExpressionPtr object) {
  while (true) {
    if (tokens_.take_sign(".")) {
      const bool is_index = tokens_.peek().kind == TokenKind::kInteger;
      ExpressionPtr index =
          is_index ? make(Literal{integer_value(tokens_, tokens_.take().text)}) : nullptr;
      const auto parts = {object.get()};
      object = is_index ? make(Subscript{std::move(object), std::move(index)}, parts)
                        : make(Attribute{std::move(object), tokens_.expect_name()}, parts);
    } else if (tokens_.take_sign("[")) {
      object = parse_subscript(std::move(object));
    } else if (tokens_.take_sign("(")) {
      const auto parts = {object.get()};
      object = make(CallExpression{std::move(object), parse_arguments()}, parts);
    } else {
      return object;
    }
  }
}

ExpressionPtr ExpressionParser::parse_subscript(ExpressionPtr object) {
  const auto part = [&]() -> ExpressionPtr {
    return tokens_.at_sign(":") || tokens_.at_sign("]") ? nullptr : parse();
  };
  ExpressionPtr start = part();
  if (!tokens_.take_sign(":")) {
    if (!start) tokens_.refuse_token("an index");
    tokens_.expect_sign("]");
    const auto parts = {object.get(), start.get()};
    return make(Subscript{std::move(object), std::move(start)}, parts);
  }
  ExpressionPtr stop = part();
  ExpressionPtr step = tokens_.take_sign(":") ? part() : nullptr;
  tokens_.expect_sign("]");
  const auto parts = {object.get(), start.get(), stop.get(), step.get()};
  return make(Slice{std::move(object), std::move(start), std::move(stop), std::move(step)}, parts);
}

CallArguments ExpressionParser::parse_arguments() {
  CallArguments out;
  while (!tokens_.at_sign(")")) {
    if (tokens_.at_sign("*") || tokens_.at_sign("**")) {
      tokens_.refuse("arguments with * are not supported");
    }
    const Token& next = tokens_.peek(1);
    const bool is_keyword = tokens_.peek().kind == TokenKind::kName &&
                            next.kind == TokenKind::kOperator && next.text == "=";
    if (is_keyword) {
      std::string name = tokens_.expect_name();
      tokens_.take();
      out.keyword.emplace_back(std::move(name), parse());
    } else {
      if (!out.keyword.empty()) tokens_.refuse("a positional argument after one with a name");
      out.positional.push_back(parse());
    }
    if (!tokens_.take_sign(",")) break;
  }
  tokens_.expect_sign(")");
  return out;
}

ExpressionPtr ExpressionParser::parse_filters(ExpressionPtr subject) {
  while (true) {
    if (tokens_.take_sign("|")) {
      subject = parse_filter(std::move(subject));
    } else if (tokens_.take_name("is")) {
      subject = parse_test(std::move(subject));
    } else if (subject && tokens_.take_sign("(")) {
      const auto parts = {subject.get()};
      subject = make(CallExpression{std::move(subject), parse_arguments()}, parts);
    } else {
      return subject;
    }
  }
}

ExpressionPtr ExpressionParser::parse_filter(ExpressionPtr subject) {
  std::string name = tokens_.expect_name();
  while (tokens_.take_sign(".")) name += "." + tokens_.expect_name();
  CallArguments arguments;
  if (tokens_.take_sign("(")) arguments = parse_arguments();
  const auto parts = {subject.get()};
  return make(FilterExpression{std::move(subject), std::move(name), std::move(arguments)}, parts);
}

ExpressionPtr ExpressionParser::parse_test(ExpressionPtr subject) {
  const bool negated = tokens_.take_name("not");
  std::string name = tokens_.expect_name();
  CallArguments arguments = parse_test_arguments();
  const auto parts = {subject.get()};
  ExpressionPtr test =
      make(TestExpression{std::move(subject), std::move(name), std::move(arguments)}, parts);
  if (!negated) return test;
  const auto inner = {test.get()};
  return make(Unary{'n', std::move(test)}, inner);
}

// In parentheses, or one argument without: `x is divisibleby 3`.
CallArguments ExpressionParser::parse_test_arguments() {
  CallArguments out;
  if (tokens_.take_sign("(")) return parse_arguments();
  const Token& next = tokens_.peek();
  if (tokens_.at_name("is")) tokens_.refuse("a test of a test: parentheses are missing");
  const bool begins_argument = next.kind == TokenKind::kString ||
                               next.kind == TokenKind::kInteger || next.kind == TokenKind::kFloat ||
                               tokens_.at_sign("[") || tokens_.at_sign("{") ||
                               (next.kind == TokenKind::kName && next.text != "else" &&
                                next.text != "or" && next.text != "and" && next.text != "is" &&
                                next.text != "if" && next.text != "in" && next.text != "not");
  if (begins_argument) out.positional.push_back(parse_postfix(parse_primary()));
  return out;
}

}  // namespace lathe::text::jinja
