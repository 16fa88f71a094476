// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "lathe/text/jinja/parser.h"

namespace lathe::text::jinja {
namespace {

constexpr int kMaxLevel = 150;

std::string describe(const Token& token) {
  constexpr std::array<std::string_view, 11> kNames = {"text",     "{{", "}}", "{%", "%}",     "",
                                                       "a string", "",   "",   "",   "the end"};
  const std::string_view name = kNames[static_cast<size_t>(token.kind)];
  return name.empty() ? quote(token.text) : std::string(name);
}

bool is_constant(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"true",  "True", "false",
                                                      "False", "none", "None"};
  return std::ranges::find(kNames, name) != kNames.end();
}

}  // namespace

void TokenStream::refuse_token(std::string_view expected) const {
  refuse("expected ", expected, ", got ", describe(peek()));
}

void TokenStream::expect_sign(std::string_view sign) {
  if (!take_sign(sign)) refuse_token(sign);
}

void TokenStream::expect(TokenKind kind, std::string_view what) {
  if (peek().kind != kind) refuse_token(what);
  take();
}

std::string TokenStream::expect_name() {
  if (peek().kind != TokenKind::kName) refuse_token("a name");
  return take().text;
}

std::string TokenStream::expect_new_name() {
  if (is_constant(peek().text)) refuse("a value cannot be given to ", quote(peek().text));
  return expect_name();
}

TokenStream::Level::Level(TokenStream& stream) : stream_(stream) {
  if (stream.level_ >= kMaxLevel) stream.refuse("nested deeper than ", kMaxLevel, " levels");
  ++stream.level_;
}

}  // namespace lathe::text::jinja
