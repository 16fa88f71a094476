// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "lathe/text/jinja/parser.h"

namespace lathe::text::jinja {
namespace {

using Names = std::vector<std::string_view>;

class StatementParser {
 public:
  explicit StatementParser(std::vector<Token> tokens)
      : tokens_(std::move(tokens)), expressions_(tokens_) {}

  Block parse() {
    Block out = parse_block({});
    if (tokens_.peek().kind != TokenKind::kEnd) tokens_.refuse_token("a statement");
    return out;
  }

 private:
  // Up to the statement that one of `ends` begins, whose {% and name are taken too. With no ends up
  // to the end of the template.
  Block parse_block(const Names& ends) {
    const TokenStream::Level level(tokens_);
    Block out;
    while (true) {
      const int line = tokens_.line();
      switch (tokens_.peek().kind) {
        case TokenKind::kData:
          out.push_back({line, {Data{tokens_.take().text}}});
          break;
        case TokenKind::kOutputBegin:
          tokens_.take();
          out.push_back({line, {Output{expressions_.parse_tuple()}}});
          tokens_.expect(TokenKind::kOutputEnd, "}}");
          break;
        case TokenKind::kStatementBegin:
          tokens_.take();
          if (tokens_.peek().kind != TokenKind::kName) tokens_.refuse_token("a statement");
          end_ = tokens_.take().text;
          if (std::ranges::find(ends, end_) != ends.end()) return out;
          parse_statement(line, out);
          break;
        default:
          if (ends.empty()) return out;
          tokens_.refuse_token("{% " + std::string(ends.back()) + " %}");
      }
    }
  }

  // The statement whose name, `end_`, is taken.
  void parse_statement(int line, Block& out) {
    struct Row {
      std::string_view name;
      void (StatementParser::*parse)(int, Block&);
    };
    static constexpr std::array<Row, 10> kStatements = {{
        {"if", &StatementParser::parse_if},
        {"for", &StatementParser::parse_for},
        {"set", &StatementParser::parse_set},
        {"macro", &StatementParser::parse_macro},
        {"call", &StatementParser::parse_call},
        {"filter", &StatementParser::parse_filter},
        {"with", &StatementParser::parse_with},
        {"break", &StatementParser::parse_jump<Break>},
        {"continue", &StatementParser::parse_jump<Continue>},
        {"generation", &StatementParser::parse_generation},
    }};
    for (const Row& row : kStatements) {
      if (row.name == end_) return (this->*row.parse)(line, out);
    }
    for (const char* name : {"import", "from", "include", "extends", "block", "autoescape"}) {
      if (end_ == name) {
        fail(ErrorCode::kUnsupported, "line ", line, ": ", end_, " is not supported in a template");
      }
    }
    tokens_.refuse("unknown statement ", quote(end_));
  }

  void end_statement() { tokens_.expect(TokenKind::kStatementEnd, "%}"); }

  Block parse_body(const Names& ends) {
    end_statement();
    return parse_block(ends);
  }

  void parse_if(int line, Block& out) {
    If node;
    do {
      ExpressionPtr condition = expressions_.parse_head();
      Block body = parse_body({"elif", "else", "endif"});
      node.branches.emplace_back(std::move(condition), std::move(body));
    } while (end_ == "elif");
    if (end_ == "else") node.otherwise = parse_body({"endif"});
    end_statement();
    out.push_back({line, {std::move(node)}});
  }

  // a, or a, b, or (a, b,).
  Target parse_target() {
    Target out;
    const bool parentheses = tokens_.take_sign("(");
    out.names.push_back(tokens_.expect_new_name());
    while (tokens_.take_sign(",")) {
      out.unpacks = true;
      if (parentheses && tokens_.at_sign(")")) break;
      out.names.push_back(tokens_.expect_new_name());
    }
    if (parentheses) tokens_.expect_sign(")");
    return out;
  }

  // The same, or an attribute of a namespace.
  Target parse_set_target() {
    Target out = parse_target();
    if (!out.unpacks && tokens_.take_sign(".")) out.attribute = tokens_.expect_name();
    return out;
  }

  Target parse_loop_target() {
    Target out = parse_target();
    if (std::ranges::find(out.names, "loop") == out.names.end()) return out;
    tokens_.refuse("'loop' is what a loop says of itself and no name for its items");
  }

  void parse_for(int line, Block& out) {
    For node;
    node.target = parse_loop_target();
    if (!tokens_.take_name("in")) tokens_.refuse_token("in");
    node.items = expressions_.parse_head();
    if (tokens_.take_name("if")) node.condition = expressions_.parse();
    if (tokens_.at_name("recursive")) tokens_.refuse("recursive loops are not supported");
    ++loops_;
    node.body = parse_body({"else", "endfor"});
    --loops_;
    if (end_ == "else") node.otherwise = parse_body({"endfor"});
    end_statement();
    out.push_back({line, {std::move(node)}});
  }

  void parse_set(int line, Block& out) {
    Target target = parse_set_target();
    if (tokens_.take_sign("=")) {
      ExpressionPtr value = expressions_.parse_tuple();
      end_statement();
      out.push_back({line, {Set{std::move(target), std::move(value)}}});
      return;
    }
    SetBlock node{std::move(target), parse_filter_chain(), {}};
    node.body = parse_body({"endset"});
    end_statement();
    out.push_back({line, {std::move(node)}});
  }

  // | a | b, each applied to the text before it.
  std::vector<ExpressionPtr> parse_filter_chain() {
    std::vector<ExpressionPtr> out;
    while (tokens_.take_sign("|")) out.push_back(expressions_.parse_filter(nullptr));
    return out;
  }

  std::vector<Parameter> parse_parameters() {
    std::vector<Parameter> out;
    tokens_.expect_sign("(");
    while (!tokens_.at_sign(")")) {
      if (!out.empty()) tokens_.expect_sign(",");
      Parameter parameter{tokens_.expect_new_name(), nullptr};
      if (std::ranges::find(out, parameter.name, &Parameter::name) != out.end()) {
        tokens_.refuse("parameter ", quote(parameter.name), " is there twice");
      }
      if (tokens_.take_sign("=")) {
        parameter.otherwise = expressions_.parse();
      } else if (!out.empty() && out.back().otherwise) {
        tokens_.refuse("parameter ", quote(parameter.name), " needs a default value too");
      }
      out.push_back(std::move(parameter));
    }
    tokens_.expect_sign(")");
    return out;
  }

  // The body of a macro: loops around it are none of its own.
  Block parse_macro_body(const Names& ends) {
    const int loops = std::exchange(loops_, 0);
    Block out = parse_body(ends);
    loops_ = loops;
    end_statement();
    return out;
  }

  void parse_macro(int line, Block& out) {
    Macro node;
    node.name = tokens_.expect_new_name();
    node.parameters = parse_parameters();
    node.body = parse_macro_body({"endmacro"});
    out.push_back({line, {std::move(node)}});
  }

  void parse_call(int line, Block& out) {
    CallBlock node;
    node.caller.name = "caller";
    if (tokens_.at_sign("(")) node.caller.parameters = parse_parameters();
    node.call = expressions_.parse();
    if (!std::holds_alternative<CallExpression>(node.call->node)) tokens_.refuse("expected a call");
    node.caller.body = parse_macro_body({"endcall"});
    out.push_back({line, {std::move(node)}});
  }

  void parse_filter(int line, Block& out) {
    FilterBlock node;
    node.filters.push_back(expressions_.parse_filter(nullptr));
    for (ExpressionPtr& filter : parse_filter_chain()) node.filters.push_back(std::move(filter));
    node.body = parse_body({"endfilter"});
    end_statement();
    out.push_back({line, {std::move(node)}});
  }

  void parse_with(int line, Block& out) {
    With node;
    while (tokens_.peek().kind != TokenKind::kStatementEnd) {
      if (!node.assignments.empty()) tokens_.expect_sign(",");
      Target target = parse_target();
      tokens_.expect_sign("=");
      node.assignments.emplace_back(std::move(target), expressions_.parse());
    }
    node.body = parse_body({"endwith"});
    end_statement();
    out.push_back({line, {std::move(node)}});
  }

  template <class Node>
  void parse_jump(int line, Block& out) {
    if (loops_ == 0) tokens_.refuse(end_, " outside of a loop");
    end_statement();
    out.push_back({line, {Node{}}});
  }

  // {% generation %} marks what a model wrote, for training; its text is text like any other.
  void parse_generation(int line, Block& out) {
    With node;
    node.body = parse_body({"endgeneration"});
    end_statement();
    out.push_back({line, {std::move(node)}});
  }

  TokenStream tokens_;
  ExpressionParser expressions_;
  std::string end_;  // the name of the statement that is being read, or that ended a block
  int loops_ = 0;    // that are open
};

}  // namespace

Block parse_template(std::string_view source) { return StatementParser(tokenize(source)).parse(); }

}  // namespace lathe::text::jinja
