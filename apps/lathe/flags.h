// SPDX-License-Identifier: Apache-2.0
// The flags of one sub-command, as plain data: each is bound to a field that its value is read
// into.
//
//   flags.positional("ENGINE", options.engine, "folder that `lathe build` wrote");
//   flags.value("--max-tokens", options.max_tokens, {"N", "tokens to generate", kPositive});
//   flags.toggle("--json", options.json, "print one JSON object");
//
// A flag that is not given may come from the environment: --max-tokens from LATHE_MAX_TOKENS. Every
// error names the flag, what was expected and what came. Fields must outlive the parsing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/base/fields.h"
#include "lathe/base/text.h"

namespace lathe::app {

struct IntegerRange {
  int64_t low = std::numeric_limits<int64_t>::min();
  int64_t high = std::numeric_limits<int64_t>::max();
  bool operator==(const IntegerRange&) const = default;
};
inline constexpr IntegerRange kPositive{.low = 1};
inline constexpr IntegerRange kNotNegative{.low = 0};

struct FlagText {
  std::string placeholder;  // "N", "FILE"
  std::string help;
  IntegerRange range{};  // of an integer
};

// A file or folder that has to exist: kInvalidArgument where it does not.
struct ExistingPath {
  std::filesystem::path path;
  bool empty() const { return path.empty(); }
  std::string string() const { return path.string(); }
};

// The same, of a file that is read whole.
struct ExistingFile : ExistingPath {};

// The same, of a folder.
struct ExistingFolder : ExistingPath {};

// A file or folder to be written; its parent folder has to exist.
struct OutputPath {
  std::filesystem::path path;  // without a slash at its end
  bool empty() const { return path.empty(); }
};

// What stands there may be a file (OutputFile) or a folder (OutputFolder), but nothing else.
struct OutputFile : OutputPath {};
struct OutputFolder : OutputPath {};

enum class Arity : uint8_t { kToggle, kOne, kMany };

struct FlagSpec {
  std::string name;  // "--max-tokens", or "ENGINE" of a positional
  Arity arity = Arity::kOne;
  bool required = false;  // positionals only
  FlagText text;
  std::function<void(std::string_view word)> set;  // throws kInvalidArgument
  bool is_positional() const { return name.front() != '-'; }
};

// Reading one word into a field. `range` concerns integers. They throw kInvalidArgument without the
// flag's name, which whoever calls `set` adds.
void read_word(std::string_view word, std::string& out, IntegerRange range);
void read_word(std::string_view word, std::filesystem::path& out, IntegerRange range);
void read_word(std::string_view word, ExistingPath& out, IntegerRange range);
void read_word(std::string_view word, ExistingFile& out, IntegerRange range);
void read_word(std::string_view word, ExistingFolder& out, IntegerRange range);
void read_word(std::string_view word, OutputPath& out, IntegerRange range);
void read_word(std::string_view word, OutputFile& out, IntegerRange range);
void read_word(std::string_view word, OutputFolder& out, IntegerRange range);
void read_word(std::string_view word, double& out, IntegerRange range);
void read_word(std::string_view word, float& out, IntegerRange range);
int64_t read_integer(std::string_view word, IntegerRange range);
// All 64 bits, where the range has no upper bound.
void read_word(std::string_view word, uint64_t& out, IntegerRange range);
template <std::integral T>
void read_word(std::string_view word, T& out, IntegerRange range) {
  range.low = std::max(range.low, static_cast<int64_t>(std::numeric_limits<T>::min()));
  range.high = std::min(range.high, static_cast<int64_t>(std::numeric_limits<T>::max()));
  out = static_cast<T>(read_integer(word, range));
}
template <NamedEnum E>
void read_word(std::string_view word, E& out, IntegerRange) {
  std::string names;
  for (const E value : enum_values(E{})) {
    if (to_string(value) == word) {
      out = value;
      return;
    }
    names += cat(names.empty() ? "" : ", ", to_string(value));
  }
  fail(ErrorCode::kInvalidArgument, "expected one of ", names, ", got ", quote(word));
}
template <class T>
void read_word(std::string_view word, std::optional<T>& out, IntegerRange range) {
  read_word(word, out.emplace(), range);
}
// Throws where nothing stands between two commas, or beside one.
void check_commas(std::string_view word);
// Comma-separated: 1,2,3.
template <std::integral T>
void read_word(std::string_view word, std::vector<T>& out, IntegerRange range) {
  out.clear();
  check_commas(word);
  for (const std::string_view part : split(word, ',')) read_word(part, out.emplace_back(), range);
}

class Flags {
 public:
  template <class T>
  void positional(const std::string& name, T& out, const std::string& help) {
    add(name, {"", help}, out);
    specs_.back().required = true;
  }
  // A positional that may be left out.
  template <class T>
  void optional_positional(const std::string& name, T& out, const std::string& help) {
    add(name, {"", help}, out);
  }
  template <class T>
  void value(const std::string& name, T& out, const FlagText& text) {
    add(name, text, out);
  }
  // May be given several times.
  void repeated(std::string name, std::vector<std::string>& out, FlagText text);
  void toggle(std::string name, bool& out, std::string help);

  const std::vector<FlagSpec>& specs() const { return specs_; }

 private:
  template <class T>
  void add(const std::string& name, const FlagText& text, T& out) {
    const IntegerRange range = text.range;
    add_spec(name, Arity::kOne, text,
             [&out, range](std::string_view word) { read_word(word, out, range); });
  }
  void add_spec(std::string name, Arity arity, FlagText text,
                std::function<void(std::string_view)> set);
  std::vector<FlagSpec> specs_;
};

// "--max-tokens" -> "LATHE_MAX_TOKENS".
std::string environment_name(std::string_view flag);

}  // namespace lathe::app
