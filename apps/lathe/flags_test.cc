// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <gtest/gtest.h>

#include "lathe/kernels/target.h"
#include "tests/support/temp_dir.h"

namespace lathe::app {
namespace {

using testing::error_of;
using testing::TempDir;

// What reading the word into a T says: its error, or "no error" with the value in `value`.
template <class T>
std::string read(std::string_view word, T& value, IntegerRange range = {}) {
  return error_of([&] { read_word(word, value, range); });
}
template <class T>
std::string error_for(std::string_view word, IntegerRange range = {}) {
  T value{};
  return read(word, value, range);
}

TEST(ReadInteger, TakesDigitsAndASign) {
  int64_t value = 0;
  for (const auto& [word, expected] : std::vector<std::pair<std::string, int64_t>>{
           {"0", 0}, {"-1", -1}, {"007", 7}, {"9223372036854775807", INT64_MAX}}) {
    EXPECT_EQ(read(word, value), "no error") << word;
    EXPECT_EQ(value, expected) << word;
  }
  EXPECT_EQ(read("-9223372036854775808", value), "no error");
  EXPECT_EQ(value, INT64_MIN);
}

TEST(ReadInteger, RefusesWhatIsNone) {
  for (const char* word : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x1", "one", "--1", "1,000",
                           "99999999999999999999x", "\xd9\xa1"}) {
    EXPECT_EQ(error_for<int64_t>(word), cat("expected a whole number, got ", quote(word)));
  }
  EXPECT_EQ(error_for<int64_t>("9223372036854775808"),
            "expected a whole number from -9223372036854775808 to 9223372036854775807, got "
            "'9223372036854775808'");
  EXPECT_EQ(error_for<int64_t>("9223372036854775808", kPositive),
            "expected a whole number from 1 to 9223372036854775807, got '9223372036854775808'");
}

TEST(ReadInteger, SaysItsRangeInWords) {
  EXPECT_EQ(error_for<int64_t>("0", kPositive), "expected a whole number of 1 or more, got '0'");
  EXPECT_EQ(error_for<int64_t>("-1", kNotNegative),
            "expected a whole number of 0 or more, got '-1'");
  EXPECT_EQ(error_for<int64_t>("3", {.low = 4}), "expected a whole number of 4 or more, got '3'");
  EXPECT_EQ(error_for<int64_t>("9", {.low = 1, .high = 8}),
            "expected a whole number from 1 to 8, got '9'");
  EXPECT_EQ(error_for<int64_t>("8", {.low = 1, .high = 8}), "no error");
}

TEST(ReadInteger, KeepsToTheFieldsType) {
  EXPECT_EQ(error_for<int32_t>("2147483647"), "no error");
  EXPECT_EQ(error_for<int32_t>("2147483648"),
            "expected a whole number from -2147483648 to 2147483647, got '2147483648'");
  EXPECT_EQ(error_for<uint8_t>("256"), "expected a whole number from 0 to 255, got '256'");
  EXPECT_EQ(error_for<uint64_t>("-1"), "expected a whole number of 0 or more, got '-1'");
  EXPECT_EQ(error_for<uint64_t>("18446744073709551615", kNotNegative), "no error");
  EXPECT_EQ(error_for<uint64_t>("18446744073709551616", kNotNegative),
            "expected a whole number from 0 to 18446744073709551615, got '18446744073709551616'");
  EXPECT_EQ(error_for<uint64_t>("9", {.low = 1, .high = 8}),
            "expected a whole number from 1 to 8, got '9'");
  EXPECT_EQ(error_for<int32_t>("5", {.low = 0, .high = 4}),
            "expected a whole number from 0 to 4, got '5'");
}

TEST(ReadNumber, TakesFiniteNumbersAlone) {
  double value = 0;
  for (const auto& [word, expected] : std::vector<std::pair<std::string, double>>{
           {"1", 1}, {"-0.5", -0.5}, {".5", 0.5}, {"1e-3", 1e-3}, {"2.", 2}}) {
    EXPECT_EQ(read(word, value), "no error") << word;
    EXPECT_EQ(value, expected) << word;
  }
  for (const char* word : {"", "nan", "inf", "-inf", "1e999", "0x1p3", "1,5", "1.5 ", "half"}) {
    EXPECT_EQ(error_for<double>(word), cat("expected a number, got ", quote(word)));
    EXPECT_EQ(error_for<float>(word), cat("expected a number, got ", quote(word)));
  }
}

TEST(ReadChoice, NamesTheChoices) {
  kernels::CpuIsa isa{};
  EXPECT_EQ(read("avx512", isa), "no error");
  EXPECT_EQ(isa, kernels::CpuIsa::kAvx512);
  EXPECT_EQ(read("AVX2", isa), "expected one of avx2, avx512, vnni, got 'AVX2'");
  EXPECT_EQ(read("", isa), "expected one of avx2, avx512, vnni, got ''");
}

TEST(ReadOptional, IsThereOnceItIsRead) {
  std::optional<int32_t> value;
  EXPECT_EQ(read("7", value), "no error");
  EXPECT_EQ(value, 7);
  std::optional<std::string> text;
  EXPECT_EQ(read("", text), "no error");
  EXPECT_EQ(text, "");
}

TEST(ReadList, IsIntegersWithCommas) {
  std::vector<int32_t> ids = {9};
  EXPECT_EQ(read("1,-2,3", ids), "no error");
  EXPECT_EQ(ids, (std::vector<int32_t>{1, -2, 3}));
  for (const char* word : {"", ",", "1,", ",1", "1,,2", "1, 2", "1;2", "2147483648"}) {
    EXPECT_NE(read(word, ids), "no error") << word;
  }
}

TEST(ReadPath, HasToBeThereWhereItIsRead) {
  const TempDir folder;
  const std::string file = folder.write("file", "x").string(), place = folder.path().string();
  EXPECT_EQ(error_for<ExistingPath>(file), "no error");
  EXPECT_EQ(error_for<ExistingPath>(place), "no error");
  EXPECT_EQ(error_for<ExistingPath>(""), "no such file or folder: ''");
  EXPECT_EQ(error_for<ExistingPath>("/no/such"), "no such file or folder: '/no/such'");
  EXPECT_EQ(error_for<ExistingFile>(file), "no error");
  EXPECT_EQ(error_for<ExistingFile>(place), cat("expected a file, got the folder ", quote(place)));
  EXPECT_EQ(error_for<ExistingFolder>(place), "no error");
  EXPECT_EQ(error_for<ExistingFolder>(file), cat("expected a folder, got the file ", quote(file)));
  EXPECT_EQ(error_for<ExistingFile>("/dev/null"),
            "expected a file, got no regular one: '/dev/null'");
  EXPECT_EQ(error_for<std::filesystem::path>(""), "expected a path, got an empty one");
}

TEST(ReadPath, NeedsItsFolderWhereItIsWritten) {
  const TempDir folder;
  const std::string file = folder.write("file", "x").string(), place = folder.path().string();
  OutputPath out;
  EXPECT_EQ(read(place + "/new///", out), "no error");
  EXPECT_EQ(out.path, place + "/new");
  EXPECT_EQ(read("new", out), "no error");
  EXPECT_EQ(read("", out), "expected a path, got an empty one");
  EXPECT_EQ(read(place + "/absent/new", out), cat("no such folder: ", quote(place + "/absent")));
  EXPECT_EQ(read(file + "/new", out), cat("no such folder: ", quote(file)));
  EXPECT_EQ(error_for<OutputFile>(file), "no error");
  EXPECT_EQ(error_for<OutputFile>(place), cat("expected a file, got the folder ", quote(place)));
  EXPECT_EQ(error_for<OutputFolder>(place), "no error");
  EXPECT_EQ(error_for<OutputFolder>(place + "/new"), "no error");
  EXPECT_EQ(error_for<OutputFolder>(file), cat("expected a folder, got the file ", quote(file)));
  const std::string loop = place + "/loop", endless = place + "/" + std::string(300, 'x');
  std::filesystem::create_symlink("loop", loop);
  EXPECT_EQ(error_for<OutputFile>(loop), quote(loop) + ": Too many levels of symbolic links");
  EXPECT_EQ(error_for<OutputFolder>(endless), quote(endless, 200) + ": File name too long");
}

TEST(FlagNames, OfTheEnvironmentAreUpperCase) {
  EXPECT_EQ(environment_name("--max-tokens"), "LATHE_MAX_TOKENS");
  EXPECT_EQ(environment_name("--top-k"), "LATHE_TOP_K");
}

TEST(FlagSpecs, SayWhatIsPositionalAndNeeded) {
  std::string engine, other;
  bool json = false;
  std::vector<std::string> stops;
  Flags flags;
  flags.positional("ENGINE", engine, "an engine");
  flags.optional_positional("OTHER", other, "another");
  flags.toggle("--json", json, "JSON");
  flags.repeated("--stop", stops, {"TEXT", "stops"});
  ASSERT_EQ(flags.specs().size(), 4u);
  const std::vector<FlagSpec>& specs = flags.specs();
  EXPECT_TRUE(specs[0].is_positional() && specs[0].required);
  EXPECT_TRUE(specs[1].is_positional() && !specs[1].required);
  EXPECT_TRUE(!specs[2].is_positional() && specs[2].arity == Arity::kToggle);
  EXPECT_EQ(specs[3].arity, Arity::kMany);
  specs[2].set("");
  EXPECT_TRUE(json);
  specs[3].set("a");
  specs[3].set("b");
  EXPECT_EQ(stops, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace lathe::app
