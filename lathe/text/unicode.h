// SPDX-License-Identifier: Apache-2.0
// What Unicode 16.0 says about code points, as far as tokenizers ask: general categories, and the
// classes of regular expressions made of them. The tables are our own (unicode_categories.cc), so
// that ids do not depend on the Unicode version of a library.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace lathe::text {

inline constexpr char32_t kMaxCodePoint = 0x10FFFF;
inline constexpr char32_t kReplacement = 0xFFFD;  // stands for bytes that are not UTF-8

// The order is that of the generated table.
// clang-format off
enum class Category : uint8_t {
  kLu, kLl, kLt, kLm, kLo, kMn, kMc, kMe, kNd, kNl, kNo, kPc, kPd, kPs, kPe, kPi, kPf, kPo,
  kSm, kSc, kSk, kSo, kZs, kZl, kZp, kCc, kCf, kCs, kCo, kCn,
};
// clang-format on

extern const std::array<uint32_t, 4099> kCategoryRuns;

Category category(char32_t code);

class CodePointSet;
// The code points of a category ("Lu") or a group of categories ("L", "P"); empty for other names.
std::optional<CodePointSet> category_set(std::string_view name);

// A set of code points: sorted ranges that neither overlap nor touch.
class CodePointSet {
 public:
  struct Range {
    char32_t first, last;  // both belong to it
    bool operator==(const Range&) const = default;
  };

  CodePointSet() = default;
  CodePointSet(std::initializer_list<Range> ranges);  // in any order
  static CodePointSet all() { return {{0, kMaxCodePoint}}; }

  const std::vector<Range>& ranges() const { return ranges_; }
  bool contains(char32_t code) const;
  void add(Range range);
  void add(const CodePointSet& other);
  CodePointSet complement() const;
  bool operator==(const CodePointSet&) const = default;

 private:
  friend std::optional<CodePointSet> category_set(std::string_view name);
  void normalize();
  std::vector<Range> ranges_;
};

// \s, \d and \w as Oniguruma defines them for UTF-8, which is what the `tokenizers` package uses.
const CodePointSet& space_set();
const CodePointSet& digit_set();
const CodePointSet& word_set();

// Rust's char::is_numeric, which the Digits pre-tokenizer asks (Unicode 17.0).
const CodePointSet& numeric_set();

}  // namespace lathe::text
