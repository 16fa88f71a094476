// SPDX-License-Identifier: Apache-2.0
// Code points sorted into classes: two of them are in one class where every given set holds both
// or neither. A pattern that only asks for those sets can then be matched over one byte a code
// point, and its engine needs to know no Unicode.
//
//   CodeClasses classes({letters, digits});
//   classes.of(U'é') == classes.of(U'x');     // both letters
//   classes.in(letters);                      // {1}
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lathe/text/unicode.h"

namespace lathe::text {

class CodeClasses {
 public:
  // Throws kUnsupported where the sets tell more than 256 classes apart.
  explicit CodeClasses(std::span<const CodePointSet> sets);

  uint8_t of(char32_t code) const { return pages_[page_of_[code >> 8]][code & 0xFF]; }
  // The classes that `set`, one of those given, is made of.
  std::vector<uint8_t> in(const CodePointSet& set) const;
  // One byte a character.
  std::string map(std::string_view text) const;

 private:
  static constexpr size_t kPageSize = 256;
  using Page = std::array<uint8_t, kPageSize>;
  struct Run {
    char32_t start;
    uint8_t id;
  };
  void fill_pages(std::span<const Run> runs);

  std::vector<char32_t> examples_;  // of each class: its smallest code point
  std::array<uint16_t, (kMaxCodePoint >> 8) + 1> page_of_{};
  std::vector<Page> pages_;
};

}  // namespace lathe::text
