// SPDX-License-Identifier: Apache-2.0
// Literals, names, brackets, and what follows them: attributes, indices, calls, filters, tests.
#include <algorithm>
#include <charconv>

#include "lathe/text/jinja/make_expression.h"
#include "lathe/text/jinja/parser.h"

namespace lathe::text::jinja {
namespace {

// The digits of a number without underscores; Python's prefixes choose the base.
Value integer_value(const TokenStream& tokens, std::string text) {
  std::erase(text, '_');
  int base = 10;
  if (text.size() > 2 && text[0] == '0') {
    const char kind = static_cast<char>(text[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
    if (base != 10) text.erase(0, 2);
  }
  if (base == 10 && text[0] == '0' && text.find_first_of("123456789") != text.npos) {
    tokens.refuse("expected a number without zeros before it, got ", quote(text));
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

ExpressionPtr ExpressionParser::parse_primary() {
  const Token& token = tokens_.peek();
  if (token.kind == TokenKind::kName) return parse_named();
  if (token.kind == TokenKind::kInteger) {
    return make_expression(tokens_, Literal{integer_value(tokens_, tokens_.take().text)});
  }
  if (token.kind == TokenKind::kFloat) {
    return make_expression(tokens_, Literal{float_value(tokens_, tokens_.take().text)});
  }
  if (token.kind == TokenKind::kString) {
    std::string text;
    while (tokens_.peek().kind == TokenKind::kString) text += tokens_.take().text;
    return make_expression(tokens_, Literal{Value(std::move(text))});
  }
  if (tokens_.take_sign("(")) return parse_parentheses();
  if (tokens_.take_sign("[")) return parse_list();
  if (tokens_.take_sign("{")) return parse_dict();
  tokens_.refuse_token("an expression");
}

ExpressionPtr ExpressionParser::parse_named() {
  const std::string name = tokens_.take().text;
  if (name == "true" || name == "True") return make_expression(tokens_, Literal{Value(true)});
  if (name == "false" || name == "False") return make_expression(tokens_, Literal{Value(false)});
  if (name == "none" || name == "None") return make_expression(tokens_, Literal{Value()});
  return make_expression(tokens_, Name{name});
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
  return is_tuple ? make_expression(tokens_, std::move(tuple)) : std::move(tuple.items.front());
}

ExpressionPtr ExpressionParser::parse_list() {
  ListDisplay list{{}, false};
  while (!tokens_.at_sign("]")) {
    list.items.push_back(parse());
    if (!tokens_.take_sign(",")) break;
  }
  tokens_.expect_sign("]");
  return make_expression(tokens_, std::move(list));
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
  return make_expression(tokens_, std::move(dict));
}

ExpressionPtr ExpressionParser::parse_postfix(ExpressionPtr object) {
  while (true) {
    if (tokens_.take_sign(".")) {
      const bool is_index = tokens_.peek().kind == TokenKind::kInteger;
      ExpressionPtr index =
          is_index ? make_expression(tokens_, Literal{integer_value(tokens_, tokens_.take().text)})
                   : nullptr;
      const auto parts = {object.get()};
      object = is_index
                   ? make_expression(tokens_, Subscript{std::move(object), std::move(index)}, parts)
                   : make_expression(tokens_, Attribute{std::move(object), tokens_.expect_name()},
                                     parts);
    } else if (tokens_.take_sign("[")) {
      object = parse_subscript(std::move(object));
    } else if (tokens_.take_sign("(")) {
      const auto parts = {object.get()};
      object =
          make_expression(tokens_, CallExpression{std::move(object), parse_arguments()}, parts);
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
    return make_expression(tokens_, Subscript{std::move(object), std::move(start)}, parts);
  }
  ExpressionPtr stop = part();
  ExpressionPtr step = tokens_.take_sign(":") ? part() : nullptr;
  tokens_.expect_sign("]");
  const auto parts = {object.get(), start.get(), stop.get(), step.get()};
  return make_expression(
      tokens_, Slice{std::move(object), std::move(start), std::move(stop), std::move(step)}, parts);
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
      for (const auto& [given, value] : out.keyword) {
        if (given == name) tokens_.refuse("argument ", quote(name), " is given twice");
      }
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
      subject =
          make_expression(tokens_, CallExpression{std::move(subject), parse_arguments()}, parts);
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
  return make_expression(
      tokens_, FilterExpression{std::move(subject), std::move(name), std::move(arguments)}, parts);
}

ExpressionPtr ExpressionParser::parse_test(ExpressionPtr subject) {
  const bool negated = tokens_.take_name("not");
  std::string name = tokens_.expect_name();
  CallArguments arguments = parse_test_arguments();
  const auto parts = {subject.get()};
  ExpressionPtr test = make_expression(
      tokens_, TestExpression{std::move(subject), std::move(name), std::move(arguments)}, parts);
  if (!negated) return test;
  const auto inner = {test.get()};
  return make_expression(tokens_, Unary{'n', std::move(test)}, inner);
}

// In parentheses, or one argument without: `x is divisibleby 3`.
CallArguments ExpressionParser::parse_test_arguments() {
  CallArguments out;
  if (tokens_.take_sign("(")) return parse_arguments();
  const Token& next = tokens_.peek();
  if (tokens_.at_name("is")) tokens_.refuse("a test of a test: parentheses are missing");
  for (const std::string_view name : {"if", "in", "not"}) {  // jinja2 takes them for arguments
    if (tokens_.at_name(name))
      tokens_.refuse(quote(name), " behind a test: parentheses are missing");
  }
  const bool begins_argument = next.kind == TokenKind::kString ||
                               next.kind == TokenKind::kInteger || next.kind == TokenKind::kFloat ||
                               tokens_.at_sign("[") || tokens_.at_sign("{") ||
                               (next.kind == TokenKind::kName && next.text != "else" &&
                                next.text != "or" && next.text != "and");
  if (begins_argument) out.positional.push_back(parse_postfix(parse_primary()));
  return out;
}

}  // namespace lathe::text::jinja
