// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/unicode.h"

#include <algorithm>

namespace lathe::text {
namespace {

constexpr std::array<std::string_view, 30> kCategoryNames = {
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe",
    "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"};

constexpr uint32_t kCategoryBits = 5;
constexpr uint32_t kCategoryMask = (1u << kCategoryBits) - 1;

CodePointSet union_of(std::initializer_list<std::string_view> names,
                      std::initializer_list<CodePointSet::Range> more) {
  CodePointSet out(more);
  for (const std::string_view name : names) out.add(*category_set(name));
  return out;
}

}  // namespace

Category category(char32_t code) {
  const uint32_t key = static_cast<uint32_t>(code) << kCategoryBits | kCategoryMask;
  const auto after = std::upper_bound(kCategoryRuns.begin(), kCategoryRuns.end(), key);
  return static_cast<Category>(*std::prev(after) & kCategoryMask);
}

CodePointSet::CodePointSet(std::initializer_list<Range> ranges) : ranges_(ranges) { normalize(); }

bool CodePointSet::contains(char32_t code) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), code,
                       [](char32_t c, const Range& range) { return c < range.first; });
  return after != ranges_.begin() && code <= std::prev(after)->last;
}

void CodePointSet::add(Range range) {
  ranges_.push_back(range);
  normalize();
}

void CodePointSet::add(const CodePointSet& other) {
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
  normalize();
}

CodePointSet CodePointSet::complement() const {
  CodePointSet out;
  char32_t next = 0;
  for (const Range& range : ranges_) {
    if (range.first > next) out.ranges_.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= kMaxCodePoint) out.ranges_.push_back({next, kMaxCodePoint});
  return out;
}

void CodePointSet::normalize() {
  std::ranges::sort(ranges_, {}, &Range::first);
  std::vector<Range> merged;
  for (const Range& range : ranges_) {
    if (!merged.empty() && range.first <= merged.back().last + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

std::optional<CodePointSet> category_set(std::string_view name) {
  if (name.empty() || name.size() > 2) return std::nullopt;
  std::array<bool, kCategoryNames.size()> wanted{};
  for (size_t i = 0; i < kCategoryNames.size(); ++i)
    wanted[i] = kCategoryNames[i].starts_with(name);
  if (std::ranges::find(wanted, true) == wanted.end()) return std::nullopt;
  CodePointSet out;
  for (size_t i = 0; i < kCategoryRuns.size(); ++i) {
    if (!wanted[kCategoryRuns[i] & kCategoryMask]) continue;
    const char32_t end =
        i + 1 < kCategoryRuns.size() ? kCategoryRuns[i + 1] >> kCategoryBits : kMaxCodePoint + 1;
    out.ranges_.push_back({kCategoryRuns[i] >> kCategoryBits, end - 1});
  }
  out.normalize();
  return out;
}

const CodePointSet& space_set() {
  static const CodePointSet set = {
      {0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
      {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
  return set;
}

const CodePointSet& digit_set() {
  static const CodePointSet set = *category_set("Nd");
  return set;
}

const CodePointSet& word_set() {
  // The ranges: letters in circles and squares, and numbers of Latin-1.
  static const CodePointSet set = union_of({"L", "M", "Nd", "Nl", "Pc"}, {{0xB2, 0xB3},
                                                                          {0xB9, 0xB9},
                                                                          {0xBC, 0xBE},
                                                                          {0x24B6, 0x24E9},
                                                                          {0x1F130, 0x1F149},
                                                                          {0x1F150, 0x1F169},
                                                                          {0x1F170, 0x1F189}});
  return set;
}

const CodePointSet& numeric_set() {
  static const CodePointSet set = union_of({"N"}, {{0x11DE0, 0x11DE9}, {0x16FF4, 0x16FF6}});
  return set;
}

}  // namespace lathe::text
