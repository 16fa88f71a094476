// SPDX-License-Identifier: Apache-2.0
// The one file that knows PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lathe/text/regex/regex.h"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lathe/base/error.h"
#include "lathe/text/regex/code_classes.h"
#include "lathe/text/regex/syntax.h"

namespace lathe::text {
namespace {

constexpr uint32_t kMatchLimit = 20'000'000;
constexpr size_t kStackBytes = size_t{1} << 20;

// Frees what PCRE2 made.
template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Code = std::unique_ptr<pcre2_code, Freed<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context_free>>;
using JitStack = std::unique_ptr<pcre2_jit_stack, Freed<pcre2_jit_stack_free>>;

std::string error_text(int code) {
  std::array<unsigned char, 160> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

std::vector<CodePointSet> sets_of(const std::vector<RegexPiece>& pieces) {
  std::vector<CodePointSet> sets;
  for (const RegexPiece& piece : pieces) {
    const auto* set = std::get_if<CodePointSet>(&piece);
    if (set != nullptr && std::ranges::find(sets, *set) == sets.end()) sets.push_back(*set);
  }
  return sets;
}

// A set as PCRE2 writes the bytes of its classes.
std::string bytes_of(const CodePointSet& set, const CodeClasses& classes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : classes.in(set)) {
    out.append("\\x").append({kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out.empty() ? "(?!)" : "[" + out + "]";
}

Code compile(std::string_view pattern, const std::string& translated) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(), 0,
                          &error, &offset, nullptr));
  if (!code) {
    fail(ErrorCode::kCorrupt, "regular expression ", quote(pattern), ": ", error_text(error));
  }
  // Where the system forbids it, the interpreter matches the same.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  return code;
}

}  // namespace

struct Regex::Program {
  CodeClasses classes;
  Code code;
};

Regex::Regex(std::string_view pattern) {
  const std::vector<RegexPiece> pieces = parse_regex(pattern);
  CodeClasses classes(sets_of(pieces));
  std::string translated;
  for (const RegexPiece& piece : pieces) {
    const auto* set = std::get_if<CodePointSet>(&piece);
    translated += set != nullptr ? bytes_of(*set, classes) : std::get<std::string>(piece);
  }
  Code code = compile(pattern, translated);
  program_.reset(new Program{std::move(classes), std::move(code)});
}
Regex::~Regex() = default;

struct Regex::Finder::State {
  const Program& program;
  MatchData data;
  JitStack stack;
  MatchContext context;

  // The first match at or after `from`; positions are characters.
  std::optional<TextSpan> search(const std::string& mapped, size_t from) {
    const int found = pcre2_match(program.code.get(), reinterpret_cast<PCRE2_SPTR>(mapped.data()),
                                  mapped.size(), from, 0, data.get(), context.get());
    if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
    if (found < 0) {
      fail(ErrorCode::kResourceExhausted,
           "regular expression of the tokenizer: ", error_text(found), ", in a text of ",
           mapped.size(), " characters");
    }
    const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data.get());
    return TextSpan{bounds[0], bounds[1]};
  }
};

Regex::Finder::Finder(const Regex& regex)
    : state_(new State{.program = *regex.program_,
                       .data = MatchData(pcre2_match_data_create(1, nullptr)),
                       .stack = JitStack(pcre2_jit_stack_create(32 << 10, kStackBytes, nullptr)),
                       .context = MatchContext(pcre2_match_context_create(nullptr))}) {
  LATHE_CHECK(state_->data && state_->stack && state_->context, "out of memory for a match");
  pcre2_set_match_limit(state_->context.get(), kMatchLimit);
  pcre2_jit_stack_assign(state_->context.get(), nullptr, state_->stack.get());
}
Regex::Finder::~Finder() = default;

namespace {

// Turns ascending positions in characters into positions in bytes.
class ByteCursor {
 public:
  explicit ByteCursor(std::string_view text) : text_(text) {}
  size_t bytes_before(size_t character) {
    while (characters_ < character) {
      do {
        ++bytes_;
      } while (bytes_ < text_.size() && (static_cast<uint8_t>(text_[bytes_]) & 0xC0) == 0x80);
      ++characters_;
    }
    return bytes_;
  }

 private:
  std::string_view text_;
  size_t characters_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

std::vector<TextSpan> Regex::Finder::find_all(std::string_view text) {
  const std::string mapped = state_->program.classes.map(text);
  ByteCursor cursor(text);
  std::vector<TextSpan> out;
  std::optional<size_t> last_end;
  size_t from = 0;
  while (from <= mapped.size()) {
    const std::optional<TextSpan> match = state_->search(mapped, from);
    if (!match) break;
    from = match->end;
    if (match->begin == match->end && last_end == match->end) {
      ++from;
      continue;
    }
    last_end = match->end;
    const size_t begin = cursor.bytes_before(match->begin);
    out.push_back({begin, cursor.bytes_before(match->end)});
  }
  return out;
}

}  // namespace lathe::text
