// SPDX-License-Identifier: Apache-2.0
// Regular expressions of tokenizer files, matched as the `tokenizers` package matches them.
//
// Characters are mapped to classes first (code_classes.h), so that PCRE2, just-in-time compiled,
// works over one byte a character and no Unicode table but ours matters.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

// A part of a text: bytes [begin, end).
struct TextSpan {
  size_t begin, end;
  bool operator==(const TextSpan&) const = default;
};

// Immutable, so safe to share between threads.
class Regex {
 public:
  // Throws kCorrupt and kUnsupported, naming the expression.
  explicit Regex(std::string_view pattern);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  // Finds matches in many texts, one thread at a time. Lives no longer than its Regex.
  class Finder {
   public:
    explicit Finder(const Regex& regex);
    ~Finder();
    Finder(const Finder&) = delete;
    Finder& operator=(const Finder&) = delete;

    // All matches from left to right, none overlapping; an empty one never right after another.
    // `text` is valid UTF-8. Throws kResourceExhausted where matching takes too many steps.
    std::vector<TextSpan> find_all(std::string_view text);

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

 private:
  struct Program;
  std::unique_ptr<const Program> program_;
};

}  // namespace lathe::text
