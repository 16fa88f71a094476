// SPDX-License-Identifier: Apache-2.0
// Operators, from the loosest to the tightest.
#include <algorithm>

#include "lathe/text/jinja/make_expression.h"
#include "lathe/text/jinja/parser.h"

namespace lathe::text::jinja {

ExpressionPtr ExpressionParser::parse() {
  const TokenStream::Level level(tokens_);
  ExpressionPtr out = parse_or();
  while (tokens_.take_name("if")) {
    ExpressionPtr condition = parse_or();
    ExpressionPtr otherwise = tokens_.take_name("else") ? parse() : nullptr;
    const auto parts = {out.get(), condition.get(), otherwise.get()};
    out = make_expression(
        tokens_, Conditional{std::move(out), std::move(condition), std::move(otherwise)}, parts);
  }
  return out;
}

ExpressionPtr ExpressionParser::parse_without_if() {
  const TokenStream::Level level(tokens_);
  return parse_or();
}

ExpressionPtr ExpressionParser::parse_tuple() { return parse_items(&ExpressionParser::parse); }
ExpressionPtr ExpressionParser::parse_head() {
  return parse_items(&ExpressionParser::parse_without_if);
}

// a, or the tuple a, b whose last comma may have nothing behind it.
ExpressionPtr ExpressionParser::parse_items(ExpressionPtr (ExpressionParser::*item)()) {
  ExpressionPtr first = (this->*item)();
  if (!tokens_.at_sign(",")) return first;
  ListDisplay tuple{{}, true};
  tuple.items.push_back(std::move(first));
  while (tokens_.take_sign(",")) {
    const TokenKind next = tokens_.peek().kind;
    if (next == TokenKind::kOutputEnd || next == TokenKind::kStatementEnd) break;
    tuple.items.push_back((this->*item)());
  }
  return make_expression(tokens_, std::move(tuple));
}

ExpressionPtr ExpressionParser::parse_or() {
  ExpressionPtr left = parse_and();
  while (tokens_.take_name("or")) {
    ExpressionPtr right = parse_and();
    const auto parts = {left.get(), right.get()};
    left = make_expression(tokens_, Logical{false, std::move(left), std::move(right)}, parts);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_and() {
  ExpressionPtr left = parse_not();
  while (tokens_.take_name("and")) {
    ExpressionPtr right = parse_not();
    const auto parts = {left.get(), right.get()};
    left = make_expression(tokens_, Logical{true, std::move(left), std::move(right)}, parts);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_not() {
  if (!tokens_.take_name("not")) return parse_compare();
  const TokenStream::Level level(tokens_);
  ExpressionPtr operand = parse_not();
  const auto parts = {operand.get()};
  return make_expression(tokens_, Unary{'n', std::move(operand)}, parts);
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
  return make_expression(tokens_, std::move(compare), parts);
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
    left = make_expression(tokens_, Binary{std::string(*sign), std::move(left), std::move(right)},
                           parts);
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
    return make_expression(tokens_, Unary{sign, std::move(operand)}, parts);
  }
  return parse_postfix(parse_primary());
}

}  // namespace lathe::text::jinja
