// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/regex/syntax.h"

#include <algorithm>
#include <array>

#include "lathe/text/regex/pattern_reader.h"

namespace lathe::text {
namespace {

const CodePointSet& line_break() {
  static const CodePointSet set = {{'\n', '\n'}};
  return set;
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : reader_(pattern) {}

  std::vector<RegexPiece> parse() {
    while (!reader_.at_end()) step();
    return std::move(pieces_);
  }

 private:
  void step() {
    if (reader_.take("(")) return open();
    if (reader_.take(")")) return close();
    if (reader_.take("|")) return syntax("|");
    if (reader_.take("^")) return beside_line_break("(?<!");
    if (reader_.take("$")) return beside_line_break("(?!");
    if (reader_.take("\\A")) return syntax("\\A");
    if (reader_.take("\\z")) return syntax("\\z");
    atom_ = pieces_.size();
    if (reader_.take(".")) return set(line_break().complement());
    if (reader_.take("[")) return set(reader_.take_brackets(ignore_case_.back()));
    if (reader_.take("\\")) return literal(reader_.take_escape());
    const char32_t code = reader_.take_code("a character");
    if (code == '*' || code == '+' || code == '?') {
      reader_.refuse(ErrorCode::kCorrupt, "nothing to repeat before ", static_cast<char>(code));
    }
    literal({{code, code}});
  }

  void syntax(std::string text) { pieces_.emplace_back(std::move(text)); }

  void set(CodePointSet codes) {
    pieces_.emplace_back(std::move(codes));
    quantifier();
  }

  void literal(CodePointSet codes) {
    set(ignore_case_.back() ? fold_case(std::move(codes)) : std::move(codes));
  }

  // ^ and $ hold at the ends and at line breaks: no other character stands on that side.
  void beside_line_break(std::string look) {
    syntax(std::move(look));
    pieces_.emplace_back(line_break().complement());
    syntax(")");
  }

  void open() {
    static constexpr std::array<std::string_view, 6> kGroups = {"?:",  "?=",  "?!",
                                                                "?<=", "?<!", "?>"};
    if (reader_.take("?i)")) {
      ignore_case_.back() = true;
      return;
    }
    groups_.push_back(pieces_.size());
    if (reader_.take("?i:")) {
      ignore_case_.push_back(true);
      return syntax("(?:");
    }
    ignore_case_.push_back(ignore_case_.back());
    for (const std::string_view group : kGroups) {
      if (reader_.take(group)) return syntax("(" + std::string(group));
    }
    if (reader_.peek() == '?') reader_.refuse(ErrorCode::kUnsupported, "this kind of group");
    syntax("(?:");
  }

  void close() {
    if (groups_.empty()) reader_.refuse(ErrorCode::kCorrupt, ") without (");
    ignore_case_.pop_back();
    atom_ = groups_.back();
    groups_.pop_back();
    syntax(")");
    quantifier();
  }

  // * + ? {…}, each with ? (lazy); the first three with + (possessive). After braces + repeats once
  // more, which PCRE2 reads otherwise: so the atom gets a group of its own.
  void quantifier() {
    std::string text;
    for (const std::string_view sign : {"*", "+", "?"}) {
      if (text.empty() && reader_.take(sign)) text = sign;
    }
    const bool braces = text.empty() && reader_.take("{");
    if (braces) text = "{" + std::string(counts(reader_.take_until('}'))) + "}";
    if (text.empty()) return;
    if (reader_.take("?")) text += '?';
    const bool plus = reader_.take("+");
    if (plus && !braces) text += '+';
    syntax(std::move(text));
    if (plus && braces) {
      pieces_.insert(pieces_.begin() + static_cast<ptrdiff_t>(atom_), std::string("(?:"));
      syntax(")+");
    }
  }

  std::string_view counts(std::string_view text) {
    const bool valid = !text.empty() && text.size() < 12 && text[0] != ',' &&
                       text.find_first_not_of("0123456789,") == std::string_view::npos &&
                       std::ranges::count(text, ',') <= 1;
    if (!valid) reader_.refuse(ErrorCode::kUnsupported, "{", quote(text), "}: expected counts");
    return text;
  }

  PatternReader reader_;
  std::vector<RegexPiece> pieces_;
  std::vector<size_t> groups_;               // open groups: where their pieces begin
  std::vector<bool> ignore_case_ = {false};  // of the open groups, the outermost first
  size_t atom_ = 0;                          // where the pieces of the last atom begin
};

}  // namespace

std::vector<RegexPiece> parse_regex(std::string_view pattern) { return Parser(pattern).parse(); }

}  // namespace lathe::text
