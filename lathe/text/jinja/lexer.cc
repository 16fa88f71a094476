// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include "lathe/base/error.h"
#include "lathe/base/hash.h"
#include "lathe/text/jinja/escapes.h"
#include "lathe/text/jinja/python_text.h"
#include "lathe/text/jinja/token.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

constexpr size_t kMaxSourceBytes = size_t{1} << 20;
constexpr std::array<std::string_view, 6> kTwoByteOperators = {"//", "**", "==", "!=", ">=", "<="};
constexpr std::string_view kOneByteOperators = "+-/*%~[](){}><=.:|,";

void check_source(std::string_view source) {
  if (source.size() > kMaxSourceBytes) {
    fail(ErrorCode::kUnsupported, "template of ", source.size(), " bytes, expected at most ",
         kMaxSourceBytes);
  }
  if (const size_t end = utf8_size(source); end < source.size()) {
    fail(ErrorCode::kCorrupt, "line ", 1 + std::ranges::count(source.substr(0, end), '\n'),
         ": byte ", end, ": expected UTF-8, got 0x",
         hex64(static_cast<uint8_t>(source[end])).substr(14));
  }
}

// As Jinja reads a source: one kind of line end, and none at the end.
std::string normalize_lines(std::string_view source) {
  std::string out = replace_all(source, "\r\n", "\n", -1);
  std::ranges::replace(out, '\r', '\n');
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

bool is_name_start(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
         static_cast<uint8_t>(byte) >= 0x80;
}
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_name_part(char byte) { return is_name_start(byte) || is_digit(byte); }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalize_lines(source)) {}

  std::vector<Token> run() {
    while (position_ < source_.size()) read_until_tag();
    push(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return std::string_view(source_).substr(position_); }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(ErrorCode::kCorrupt, "line ", line_, ": ", parts...);
  }

  void advance(size_t bytes) {
    line_ += static_cast<int>(std::ranges::count(rest().substr(0, bytes), '\n'));
    position_ += bytes;
  }

  bool take(std::string_view text) {
    if (!rest().starts_with(text)) return false;
    advance(text.size());
    return true;
  }

  void skip_spaces() { advance(rest().size() - strip(rest(), Side::kLeft).size()); }

  void push(TokenKind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  void push_data(std::string_view text) {
    if (!text.empty()) push(TokenKind::kData, std::string(text));
  }

  // The text before a tag, without what the tag strips: `sign` follows its opening.
  std::string_view stripped(std::string_view text, char sign, bool is_output) const {
    if (sign == '-') return strip(text, Side::kRight);
    if (sign == '+' || is_output) return text;
    const size_t line = text.rfind('\n') + 1;  // 0 where there is none
    const bool begins_line = line > 0 || at_line_start_;
    return begins_line && strip(text.substr(line), Side::kLeft).empty() ? text.substr(0, line)
                                                                        : text;
  }

  void read_until_tag() {
    size_t open = 0;
    const std::string_view text = rest();
    while ((open = text.find('{', open)) != std::string_view::npos) {
      if (open + 1 < text.size() && std::string_view("{%#").find(text[open + 1]) != text.npos)
        break;
      ++open;
    }
    if (open == std::string_view::npos) {
      push_data(text);
      return advance(text.size());
    }
    const char kind = text[open + 1];
    const char sign = open + 2 < text.size() ? text[open + 2] : '\0';
    push_data(stripped(text.substr(0, open), sign, kind == '{'));
    advance(open + 2);
    if (sign == '-' || sign == '+') advance(1);
    at_line_start_ = false;
    if (kind == '#') return read_comment();
    if (kind == '%' && take_raw()) return;
    push(kind == '{' ? TokenKind::kOutputBegin : TokenKind::kStatementBegin, "");
    read_tag(kind == '{' ? "}}" : "%}");
  }

  // True where the tag ends here. A minus strips what follows; without a sign the end of a
  // statement or comment takes a line end along.
  bool take_end(std::string_view end) {
    const std::string minus = "-" + std::string(end);
    if (take(minus)) {
      const size_t before = position_;
      skip_spaces();
      at_line_start_ = position_ > before && source_[position_ - 1] == '\n';
      return true;
    }
    if (end != "}}" && take("+" + std::string(end))) return true;
    if (!take(end)) return false;
    at_line_start_ = end != "}}" && take("\n");
    return true;
  }

  void read_comment() {
    while (!take_end("#}")) {
      if (rest().empty()) refuse("comment without #}");
      advance(1);
    }
  }

  // {% raw %} … {% endraw %}, the opening brace taken.
  bool take_raw() {
    const size_t start = position_;
    const int line = line_;
    skip_spaces();
    if (take("raw")) {
      skip_spaces();
      const bool strips = take("-%}");
      if (strips) skip_spaces();
      if (strips || take("%}")) {
        read_raw();
        return true;
      }
    }
    position_ = start;
    line_ = line;
    return false;
  }

  void read_raw() {
    const size_t begin = position_;
    while (!rest().empty()) {
      const std::string_view text = std::string_view(source_).substr(begin, position_ - begin);
      if (take("{%")) {
        const char sign = rest().empty() ? '\0' : rest().front();
        if (sign == '-' || sign == '+') advance(1);
        skip_spaces();
        if (take("endraw")) {
          skip_spaces();
          if (take_end("%}")) return push_data(stripped(text, sign, false));
        }
      } else {
        advance(1);
      }
    }
    refuse("raw without endraw");
  }

  void read_tag(std::string_view end) {
    std::string open_brackets;
    while (true) {
      skip_spaces();
      if (rest().empty()) refuse("tag without ", end);
      if (open_brackets.empty() && take_end(end)) {
        return push(end == "}}" ? TokenKind::kOutputEnd : TokenKind::kStatementEnd, "");
      }
      read_token(open_brackets);
    }
  }

  void read_token(std::string& open_brackets) {
    const char first = rest().front();
    if (is_name_start(first)) return read_name();
    if (is_digit(first)) return read_number();
    if (first == '\'' || first == '"') return read_string(first);
    read_operator(open_brackets);
  }

  void read_name() {
    size_t size = 1;
    while (size < rest().size() && is_name_part(rest()[size])) ++size;
    push_part(TokenKind::kName, size);
  }

  void push_part(TokenKind kind, size_t size) {
    push(kind, std::string(rest().substr(0, size)));
    advance(size);
  }

  size_t digits_at(size_t begin) const {
    size_t end = begin;
    while (end < rest().size() && (is_digit(rest()[end]) || (rest()[end] == '_' && end > begin))) {
      ++end;
    }
    return end;
  }

  void read_number() {
    const std::string_view text = rest();
    const auto at = [&](size_t i) { return i < text.size() ? text[i] : '\0'; };
    if (text[0] == '0' && std::string_view("xXoObB").find(at(1)) != std::string_view::npos &&
        at(1) != '\0') {
      size_t end = 2;
      while (is_name_part(at(end))) ++end;
      return push_part(TokenKind::kInteger, end);
    }
    const size_t whole = digits_at(0);
    size_t end = whole;
    if (at(end) == '.' && is_digit(at(end + 1))) end = digits_at(end + 1);
    if (at(end) == 'e' || at(end) == 'E') {
      const size_t sign = at(end + 1) == '+' || at(end + 1) == '-' ? 1 : 0;
      if (is_digit(at(end + 1 + sign))) end = digits_at(end + 1 + sign);
    }
    push_part(end == whole ? TokenKind::kInteger : TokenKind::kFloat, end);
  }

  void read_string(char delimiter) {
    const std::string_view text = rest();
    size_t end = 1;
    while (end < text.size() && text[end] != delimiter) end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size()) refuse("string without its closing ", delimiter);
    push(TokenKind::kString, replace_escapes(text.substr(1, end - 1)));
    advance(end + 1);
  }

  void read_operator(std::string& open_brackets) {
    for (const std::string_view name : kTwoByteOperators) {
      if (rest().starts_with(name)) return push_part(TokenKind::kOperator, 2);
    }
    const char sign = rest().front();
    if (kOneByteOperators.find(sign) == std::string_view::npos) {
      refuse("unexpected ", quote(rest().substr(0, 1)));
    }
    constexpr std::string_view kOpening = "([{";
    constexpr std::string_view kClosing = ")]}";
    if (kOpening.find(sign) != std::string_view::npos) open_brackets += sign;
    if (const size_t kind = kClosing.find(sign); kind != std::string_view::npos) {
      if (!open_brackets.ends_with(kOpening[kind])) refuse("unexpected ", sign);
      open_brackets.pop_back();
    }
    push_part(TokenKind::kOperator, 1);
  }

  std::string source_;
  size_t position_ = 0;
  int line_ = 1;
  bool at_line_start_ = true;  // the tag before took its line end along
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  check_source(source);
  return Lexer(source).run();
}

}  // namespace lathe::text::jinja
