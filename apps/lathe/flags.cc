// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

namespace lathe::app {

namespace {

double read_number(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) {
    fail(ErrorCode::kInvalidArgument, "expected a number, got ", quote(word));
  }
  return value;
}

template <class Wide>
struct Bounds {
  Wide low = std::numeric_limits<Wide>::min();
  Wide high = std::numeric_limits<Wide>::max();
};

// Who gives more than the type holds is told how much it holds.
enum class Size : uint8_t { kFits, kTooLong };

template <class Wide>
std::string expected_integer(Bounds<Wide> bounds, Size size) {
  constexpr Bounds<Wide> kAll{};
  const bool no_high = bounds.high == kAll.high && size == Size::kFits;
  if (no_high && bounds.low == kAll.low && std::is_signed_v<Wide>) return "a whole number";
  if (no_high) return cat("a whole number of ", bounds.low, " or more");
  return cat("a whole number from ", bounds.low, " to ", bounds.high);
}

// Wide: int64_t or uint64_t.
template <class Wide>
Wide read_whole(std::string_view word, Bounds<Wide> bounds) {
  Wide value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool all_digits = end == word.data() + word.size();
  const bool fits = error == std::errc() && all_digits;
  if (fits && value >= bounds.low && value <= bounds.high) return value;
  const bool too_long = error == std::errc::result_out_of_range && all_digits;
  fail(ErrorCode::kInvalidArgument, "expected ",
       expected_integer(bounds, too_long ? Size::kTooLong : Size::kFits), ", got ", quote(word));
}

// What lies at an output's path. A name too long, or links that never end, are errors of the flag.
std::filesystem::file_type type_of(const OutputPath& out) {
  std::error_code error;
  const std::filesystem::file_type type = std::filesystem::status(out.path, error).type();
  if (type != std::filesystem::file_type::none) return type;
  fail(ErrorCode::kInvalidArgument, quote(out.path.string(), 200), ": ", error.message());
}

}  // namespace

int64_t read_integer(std::string_view word, IntegerRange range) {
  return read_whole<int64_t>(word, {range.low, range.high});
}

void read_word(std::string_view word, uint64_t& out, IntegerRange range) {
  Bounds<uint64_t> bounds{.low = static_cast<uint64_t>(std::max<int64_t>(range.low, 0))};
  if (range.high != IntegerRange{}.high) bounds.high = static_cast<uint64_t>(range.high);
  out = read_whole(word, bounds);
}

void check_commas(std::string_view word) {
  const auto refuse = [&](std::string_view where) {
    fail(ErrorCode::kInvalidArgument, "expected numbers with one comma between them, got none ",
         where, quote(word, 200));
  };
  if (word.empty()) refuse("in ");
  if (word.front() == ',') refuse("before the first comma of ");
  if (word.back() == ',') refuse("behind the last comma of ");
  if (word.find(",,") != word.npos) refuse("between two commas of ");
}

void read_word(std::string_view word, std::string& out, IntegerRange) { out = word; }
void read_word(std::string_view word, double& out, IntegerRange) { out = read_number(word); }
void read_word(std::string_view word, float& out, IntegerRange) {
  out = static_cast<float>(read_number(word));
}

void read_word(std::string_view word, std::filesystem::path& out, IntegerRange) {
  if (word.empty()) fail(ErrorCode::kInvalidArgument, "expected a path, got an empty one");
  out = word;
}

void read_word(std::string_view word, ExistingPath& out, IntegerRange) {
  std::error_code error;
  out.path = word;
  if (word.empty() || !std::filesystem::exists(out.path, error)) {
    fail(ErrorCode::kInvalidArgument, "no such file or folder: ", quote(word, 200));
  }
}

void read_word(std::string_view word, ExistingFile& out, IntegerRange range) {
  read_word(word, static_cast<ExistingPath&>(out), range);
  std::error_code error;
  if (std::filesystem::is_regular_file(out.path, error)) return;
  fail(ErrorCode::kInvalidArgument, "expected a file, got ",
       std::filesystem::is_directory(out.path, error) ? "the folder " : "no regular one: ",
       quote(word, 200));
}

void read_word(std::string_view word, ExistingFolder& out, IntegerRange range) {
  read_word(word, static_cast<ExistingPath&>(out), range);
  std::error_code error;
  if (std::filesystem::is_directory(out.path, error)) return;
  fail(ErrorCode::kInvalidArgument, "expected a folder, got the file ", quote(word, 200));
}

void read_word(std::string_view word, OutputPath& out, IntegerRange range) {
  while (word.size() > 1 && word.ends_with('/')) word.remove_suffix(1);
  read_word(word, out.path, range);
  const std::filesystem::path parent = out.path.parent_path();
  std::error_code error;
  if (!parent.empty() && !std::filesystem::is_directory(parent, error)) {
    fail(ErrorCode::kInvalidArgument, "no such folder: ", quote(parent.string(), 200));
  }
}

void read_word(std::string_view word, OutputFile& out, IntegerRange range) {
  read_word(word, static_cast<OutputPath&>(out), range);
  if (type_of(out) != std::filesystem::file_type::directory) return;
  fail(ErrorCode::kInvalidArgument, "expected a file, got the folder ", quote(word, 200));
}

void read_word(std::string_view word, OutputFolder& out, IntegerRange range) {
  read_word(word, static_cast<OutputPath&>(out), range);
  const std::filesystem::file_type type = type_of(out);
  if (type == std::filesystem::file_type::not_found) return;
  if (type == std::filesystem::file_type::directory) return;
  fail(ErrorCode::kInvalidArgument, "expected a folder, got the file ", quote(word, 200));
}

void Flags::add_spec(std::string name, Arity arity, FlagText text,
                     std::function<void(std::string_view)> set) {
  specs_.push_back({.name = std::move(name),
                    .arity = arity,
                    .required = false,
                    .text = std::move(text),
                    .set = std::move(set)});
}

void Flags::repeated(std::string name, std::vector<std::string>& out, FlagText text) {
  add_spec(std::move(name), Arity::kMany, std::move(text),
           [&out](std::string_view word) { out.emplace_back(word); });
}

void Flags::toggle(std::string name, bool& out, std::string help) {
  add_spec(std::move(name), Arity::kToggle, {"", std::move(help)},
           [&out](std::string_view) { out = true; });
}

std::string environment_name(std::string_view flag) {
  std::string name = "LATHE_";
  for (const char letter : flag.substr(2)) {
    name +=
        letter == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return name;
}

}  // namespace lathe::app
