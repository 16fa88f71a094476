// SPDX-License-Identifier: Apache-2.0
// Tokens to tree, by recursive descent with Jinja's grammar and precedences.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/text/jinja/ast.h"
#include "lathe/text/jinja/token.h"

namespace lathe::text::jinja {

// Throws kCorrupt, "line N: …", and kUnsupported for import, include, extends and block.
Block parse_template(std::string_view source);

// The tokens and the place in them; counts how deep the parser recurses.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  Token take() {
    Token token = peek();
    if (position_ + 1 < tokens_.size()) ++position_;
    return token;
  }
  bool at(TokenKind kind, std::string_view text) const {
    return peek().kind == kind && peek().text == text;
  }
  bool at_name(std::string_view name) const { return at(TokenKind::kName, name); }
  bool at_sign(std::string_view sign) const { return at(TokenKind::kOperator, sign); }
  bool take_name(std::string_view name) { return at_name(name) && (take(), true); }
  bool take_sign(std::string_view sign) { return at_sign(sign) && (take(), true); }
  void expect_sign(std::string_view sign);
  void expect(TokenKind kind, std::string_view what);
  std::string expect_name();
  std::string expect_new_name();  // that is assigned to: no constant's
  int line() const { return peek().line; }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(ErrorCode::kCorrupt, "line ", line(), ": ", parts...);
  }
  // "expected …, got …"
  [[noreturn]] void refuse_token(std::string_view expected) const;

  // Held by whoever recurses.
  class Level {
   public:
    explicit Level(TokenStream& stream);
    ~Level() { --stream_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    TokenStream& stream_;
  };

 private:
  std::vector<Token> tokens_;
  size_t position_ = 0;
  int level_ = 0;
};

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  ExpressionPtr parse();                               // with `x if c else y`
  ExpressionPtr parse_tuple();                         // a, b without parentheses too
  ExpressionPtr parse_head();                          // a tuple; `x if c` has parentheses there
  CallArguments parse_arguments();                     // ( taken, ) is taken here
  ExpressionPtr parse_filters(ExpressionPtr subject);  // | a | b; may be none
  ExpressionPtr parse_filter(ExpressionPtr subject);   // its name and arguments

 private:
  ExpressionPtr parse_or();
  ExpressionPtr parse_and();
  ExpressionPtr parse_not();
  ExpressionPtr parse_compare();
  ExpressionPtr parse_sum();
  ExpressionPtr parse_concatenation();
  ExpressionPtr parse_product();
  ExpressionPtr parse_power();
  ExpressionPtr parse_unary();
  ExpressionPtr parse_signed();
  ExpressionPtr parse_primary();
  ExpressionPtr parse_postfix(ExpressionPtr object);
  ExpressionPtr parse_subscript(ExpressionPtr object);
  ExpressionPtr parse_test(ExpressionPtr subject);
  CallArguments parse_test_arguments();
  ExpressionPtr parse_parentheses();
  ExpressionPtr parse_list();
  ExpressionPtr parse_dict();
  ExpressionPtr parse_named();
  ExpressionPtr parse_binary(std::initializer_list<std::string_view> signs,
                             ExpressionPtr (ExpressionParser::*operand)());
  ExpressionPtr parse_items(ExpressionPtr (ExpressionParser::*item)());
  ExpressionPtr parse_without_if();

  TokenStream& tokens_;
};

}  // namespace lathe::text::jinja
