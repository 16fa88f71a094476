// SPDX-License-Identifier: Apache-2.0
// The sets of code points that a regular expression writes: escapes and [brackets].
#pragma once

#include <optional>
#include <string_view>

#include "lathe/base/error.h"
#include "lathe/text/unicode.h"

namespace lathe::text {

// A cursor over a pattern; its errors name the byte.
class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : pattern_(pattern) {}

  bool at_end() const { return position_ == pattern_.size(); }
  char peek() const { return at_end() ? '\0' : pattern_[position_]; }
  bool take(std::string_view text);               // false where something else stands here
  char32_t take_code(std::string_view expected);  // the next character
  std::string_view take_until(char end);          // what stands before `end`, which is taken too

  // What \… stands for, the backslash taken: the set of its code points.
  CodePointSet take_escape();
  // What […] stands for, the bracket taken.
  CodePointSet take_brackets(bool ignore_case);

  template <class... Parts>
  [[noreturn]] void refuse(ErrorCode code, const Parts&... parts) const {
    fail(code, "regular expression ", quote(pattern_), ": byte ", position_, ": ", parts...);
  }

 private:
  char32_t take_hex(size_t digits);
  CodePointSet take_bracket_item();

  std::string_view pattern_;
  size_t position_ = 0;
};

// The set together with what differs from it in case alone.
CodePointSet fold_case(CodePointSet set);

}  // namespace lathe::text
