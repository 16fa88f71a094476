// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/regex/code_classes.h"

#include <algorithm>
#include <map>

#include "lathe/base/error.h"
#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

constexpr size_t kMaxClasses = 256;

// The first code points of the intervals within which no set begins or ends.
std::vector<char32_t> interval_starts(std::span<const CodePointSet> sets) {
  std::vector<char32_t> starts = {0};
  for (const CodePointSet& set : sets) {
    for (const CodePointSet::Range& range : set.ranges()) {
      starts.push_back(range.first);
      if (range.last < kMaxCodePoint) starts.push_back(range.last + 1);
    }
  }
  std::ranges::sort(starts);
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

// Which of the sets hold `code`, one character a set.
std::string signature(std::span<const CodePointSet> sets, char32_t code) {
  std::string out;
  for (const CodePointSet& set : sets) out += set.contains(code) ? '1' : '0';
  return out;
}

}  // namespace

CodeClasses::CodeClasses(std::span<const CodePointSet> sets) {
  std::map<std::string, uint8_t> classes;
  std::map<Page, uint16_t> known_pages;
  const std::vector<char32_t> starts = interval_starts(sets);
  Page page{};
  size_t next = 0;
  uint8_t current = 0;
  for (char32_t code = 0; code <= kMaxCodePoint; ++code) {
    if (next < starts.size() && code == starts[next]) {
      ++next;
      const auto [found, is_new] =
          classes.emplace(signature(sets, code), static_cast<uint8_t>(classes.size()));
      if (is_new) examples_.push_back(code);
      if (classes.size() > kMaxClasses) {
        fail(ErrorCode::kUnsupported, "regular expression tells more than ", kMaxClasses,
             " classes of characters apart");
      }
      current = found->second;
    }
    page[code & 0xFF] = current;
    if ((code & 0xFF) != 0xFF) continue;
    const auto [known, is_new] = known_pages.emplace(page, static_cast<uint16_t>(pages_.size()));
    if (is_new) pages_.push_back(page);
    page_of_[code >> 8] = known->second;
  }
}

std::vector<uint8_t> CodeClasses::in(const CodePointSet& set) const {
  std::vector<uint8_t> out;
  for (size_t i = 0; i < examples_.size(); ++i) {
    if (set.contains(examples_[i])) out.push_back(static_cast<uint8_t>(i));
  }
  return out;
}

std::string CodeClasses::map(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = read_utf8(text);
    out.push_back(static_cast<char>(of(step.code)));
    text.remove_prefix(step.bytes);
  }
  return out;
}

}  // namespace lathe::text
