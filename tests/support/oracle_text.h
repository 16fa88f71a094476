// SPDX-License-Identifier: Apache-2.0
// The text of the tokenizer oracle: 5 MB that hold every assigned code point once between two
// letters, and everything mixed. tools/golden/oracle_text.py makes the same from the same numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/text/unicode.h"
#include "lathe/text/utf8.h"

namespace lathe::testing {

inline constexpr uint64_t kFnvBasis = 0xCBF29CE484222325;

inline uint64_t fnv1a(std::string_view bytes, uint64_t state = kFnvBasis) {
  for (const char byte : bytes) {
    state = (state ^ static_cast<uint8_t>(byte)) * 0x100000001B3;
  }
  return state;
}

class OracleText {
 public:
  // `corpus` is tools/golden/corpus.txt.
  explicit OracleText(const std::string& corpus) {
    std::istringstream stream(corpus);
    words_.assign(std::istream_iterator<std::string>(stream), {});
    for (char32_t code = 0; code <= text::kMaxCodePoint; ++code) {
      const text::Category category = text::category(code);
      if (category != text::Category::kCn && category != text::Category::kCs) {
        codes_.push_back(code);
      }
    }
  }

  std::vector<std::string> chunks() {
    std::vector<std::string> out;
    for (size_t begin = 0; begin < codes_.size(); begin += 4096) out.push_back(sweep(begin));
    for (int i = 0; i < 64; ++i) {
      std::string& chunk = out.emplace_back();
      while (chunk.size() < 56'000) append_piece(chunk);
    }
    return out;
  }

 private:
  size_t pick(size_t count) {  // SplitMix64
    state_ += 0x9E3779B97F4A7C15;
    uint64_t z = state_;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return (z ^ z >> 31) % count;
  }
  template <class List>
  const auto& of(const List& list) {
    return list[pick(std::size(list))];
  }

  std::string sweep(size_t begin) {
    std::string out;
    for (size_t i = begin; i < codes_.size() && i < begin + 4096; ++i) {
      out += static_cast<char>('a' + pick(26));
      text::append_utf8(out, codes_[i]);
      out += static_cast<char>('a' + pick(26));
      if (pick(2) != 0) out += ' ';
    }
    return out;
  }

  void append_piece(std::string& out) {
    static constexpr const char* kContractions[] = {"'s", "'S", "'t", "'re", "'VE", "'ll",
                                                    "'D", "'m", "’s", "'ſ",  "'Ll"};
    static constexpr const char* kSpaces[] = {" ",    " ",      "  ",     "\n",     "\r\n",
                                              "\t",   "\u00a0", "\u3000", "\u2003", "\u0085",
                                              "\x0b", "\u2028", "\ufeff"};
    static constexpr std::string_view kSigns = "!?.,;:-_()[]{}<>/\\|@#$%^&*+=~`\"'";
    static constexpr const char* kSamples[] = {"👩‍👩‍👧‍👦",
                                               "🇩🇪🇫🇷",
                                               "e\u0301a\u0308",
                                               "한국어",
                                               "\u1112\u1161\u11ab",
                                               "नमस्ते",
                                               "مرحبا",
                                               "สวัสดี",
                                               "日本語",
                                               "中文字",
                                               "Ünïcödé",
                                               "Ελλάδα",
                                               "Привет",
                                               "½²³",
                                               "Ⅷ",
                                               "①②",
                                               "٣٤٥",
                                               "ǅ",
                                               "İı",
                                               "ﬁ",
                                               "x²",
                                               "100%",
                                               "a_b"};
    const size_t kind = pick(10);
    if (kind < 4) {
      out += pick(8) == 0 ? "" : " ";
      out += of(words_);
    } else if (kind == 4) {
      for (size_t n = 1 + pick(7); n > 0; --n) out += static_cast<char>('0' + pick(10));
    } else if (kind == 5) {
      out += of(kContractions);
    } else if (kind == 6) {
      for (size_t n = 1 + pick(4); n > 0; --n) out += of(kSpaces);
    } else if (kind == 7) {
      for (size_t n = 1 + pick(4); n > 0; --n) out += of(kSigns);
    } else if (kind == 8) {
      const size_t begin = pick(codes_.size());
      const size_t end = std::min(begin + 1 + pick(6), codes_.size());
      for (size_t i = begin; i < end; ++i) text::append_utf8(out, codes_[i]);
    } else {
      out += of(kSamples);
    }
  }

  std::vector<std::string> words_;
  std::vector<char32_t> codes_;
  uint64_t state_ = 2026;
};

}  // namespace lathe::testing
