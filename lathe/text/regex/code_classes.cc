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

// Says which of the sets hold a code point, one character a set. Asked in ascending order, so that
// all answers together cost no more than the ranges there are.
class Signatures {
 public:
  explicit Signatures(std::span<const CodePointSet> sets) : sets_(sets), next_(sets.size()) {}

  std::string of(char32_t code) {
    std::string out(sets_.size(), '0');
    for (size_t i = 0; i < sets_.size(); ++i) {
      const std::vector<CodePointSet::Range>& ranges = sets_[i].ranges();
      while (next_[i] < ranges.size() && ranges[next_[i]].last < code) ++next_[i];
      if (next_[i] < ranges.size() && ranges[next_[i]].first <= code) out[i] = '1';
    }
    return out;
  }

 private:
  std::span<const CodePointSet> sets_;
  std::vector<size_t> next_;  // of each set: the first range that does not end before the code
};

}  // namespace

CodeClasses::CodeClasses(std::span<const CodePointSet> sets) {
  std::map<std::string, uint8_t> classes;
  Signatures signatures(sets);
  std::vector<Run> runs;
  for (const char32_t start : interval_starts(sets)) {
    const auto [found, is_new] =
        classes.emplace(signatures.of(start), static_cast<uint8_t>(classes.size()));
    if (is_new) examples_.push_back(start);
    if (classes.size() > kMaxClasses) {
      fail(ErrorCode::kUnsupported, "regular expression tells more than ", kMaxClasses,
           " classes of characters apart");
    }
    runs.push_back({start, found->second});
  }
  fill_pages(runs);
}

// Each run goes up to the next one's start.
void CodeClasses::fill_pages(std::span<const Run> runs) {
  std::map<Page, uint16_t> known_pages;
  size_t run = 0;
  for (size_t number = 0; number < page_of_.size(); ++number) {
    const auto begin = static_cast<char32_t>(number * kPageSize);
    const auto end = static_cast<char32_t>(begin + kPageSize);
    Page page{};
    page.fill(runs[run].id);
    for (; run + 1 < runs.size() && runs[run + 1].start < end; ++run) {
      const Run& next = runs[run + 1];
      std::fill(page.begin() + (std::max(next.start, begin) - begin), page.end(), next.id);
    }
    const auto [known, is_new] = known_pages.emplace(page, static_cast<uint16_t>(pages_.size()));
    if (is_new) pages_.push_back(page);
    page_of_[number] = known->second;
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
