// SPDX-License-Identifier: Apache-2.0
#include "parse_flags.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/temp_dir.h"

namespace lathe::app {
namespace {

using testing::error_of;

// A command with a flag of every kind.
struct Fields {
  std::string engine, other;
  std::optional<std::string> prompt;
  int64_t count = 3;
  std::vector<int32_t> ids;
  std::vector<std::string> stops;
  bool json = false;
};

const Command kCommand{.name = "try",
                       .summary = "a command of this test",
                       .examples = {"lathe try ENGINE --count 1"},
                       .listing = Listing::kShown,
                       .declare = {},
                       .execute = {}};

Flags declare(Fields& fields) {
  Flags flags;
  flags.positional("ENGINE", fields.engine, "the engine");
  flags.optional_positional("OTHER", fields.other, "another");
  flags.value("--prompt", fields.prompt, {"TEXT", "the prompt"});
  flags.value("--count", fields.count, {"N", "how many; 3", kPositive});
  flags.value("--ids", fields.ids, {"1,2", "ids"});
  flags.repeated("--stop", fields.stops, {"TEXT", "ends it"});
  flags.toggle("--json", fields.json, "print JSON");
  return flags;
}

Fields parsed(const std::vector<std::string>& words) {
  Fields fields;
  EXPECT_EQ(parse_flags(kCommand, declare(fields), words), Parsed::kRun);
  return fields;
}

std::string error_for(const std::vector<std::string>& words) {
  Fields fields;
  return error_of([&] { parse_flags(kCommand, declare(fields), words); });
}

// Sets a variable as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(ParseFlags, ReadsEveryKindInAnyOrder) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"e", "o", "--prompt", "hi", "--count", "7", "--ids", "1,2",
                                 "--stop", "a", "--stop", "b", "--json"},
        {"--json", "--stop=a", "--ids=1,2", "e", "--count=7", "--prompt=hi", "o", "--stop=b"}}) {
    const Fields fields = parsed(words);
    EXPECT_EQ(fields.engine, "e");
    EXPECT_EQ(fields.other, "o");
    EXPECT_EQ(fields.prompt, "hi");
    EXPECT_EQ(fields.count, 7);
    EXPECT_EQ(fields.ids, (std::vector<int32_t>{1, 2}));
    EXPECT_EQ(fields.stops, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(fields.json);
  }
}

TEST(ParseFlags, LeavesWhatIsNotGiven) {
  const Fields fields = parsed({"e"});
  EXPECT_EQ(fields.count, 3);
  EXPECT_FALSE(fields.json);
  EXPECT_FALSE(fields.prompt.has_value());
  EXPECT_TRUE(fields.other.empty() && fields.ids.empty() && fields.stops.empty());
}

TEST(ParseFlags, ValuesMayBeEmptyOrHoldWhatFlagsHold) {
  EXPECT_EQ(parsed({"e", "--prompt="}).prompt, "");
  EXPECT_EQ(parsed({"e", "--prompt", ""}).prompt, "");
  EXPECT_EQ(parsed({"e", "--prompt=--json"}).prompt, "--json");
  EXPECT_EQ(parsed({"e", "--prompt=a=b="}).prompt, "a=b=");
  EXPECT_EQ(parsed({"e", "--prompt", "a b\nc"}).prompt, "a b\nc");
  EXPECT_EQ(parsed({"e", "--stop=-1"}).stops, std::vector<std::string>{"-1"});
  EXPECT_EQ(parsed({"e", "--ids=-1,2"}).ids, (std::vector<int32_t>{-1, 2}));
}

TEST(ParseFlags, SaysWhatIsWrong) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "lathe try: ENGINE (the engine) is missing; see `lathe try --help`"},
      {{"--json"}, "lathe try: ENGINE (the engine) is missing; see `lathe try --help`"},
      {{"e", "o", "x"}, "lathe try: unexpected argument 'x'"},
      {{"e", "--cuont", "1"}, "lathe try: unknown flag '--cuont'; did you mean --count?"},
      {{"e", "--cuont=1"}, "lathe try: unknown flag '--cuont'; did you mean --count?"},
      {{"e", "--hepl"}, "lathe try: unknown flag '--hepl'; did you mean --help?"},
      {{"e", "--nothing-like-it"},
       "lathe try: unknown flag '--nothing-like-it'; see `lathe try --help`"},
      {{"e", "--count", "x"}, "--count: expected a whole number of 1 or more, got 'x'"},
      {{"e", "--count="}, "--count: expected a whole number of 1 or more, got ''"},
      {{"e", "--count", "1", "--count", "2"}, "--count: expected once, given 2 times"},
      {{"e", "--count"}, "--count: expected a value N, got none"},
      {{"e", "--prompt", "--json"},
       "--prompt: expected a value TEXT, got the flag --json; text that starts with '-' is given "
       "as "
       "--prompt=…"},
      {{"e", "--ids", "1,x"},
       "--ids: expected a whole number from -2147483648 to 2147483647, got 'x'"},
  };
  for (const auto& [words, expected] : cases) EXPECT_EQ(error_for(words), expected);
}

TEST(ParseFlags, TheEnvironmentGivesWhatIsNotGiven) {
  const Variable count("LATHE_COUNT", "9"), json("LATHE_JSON", "true");
  EXPECT_EQ(parsed({"e"}).count, 9);
  EXPECT_TRUE(parsed({"e"}).json);
  EXPECT_EQ(parsed({"e", "--count", "2"}).count, 2);
}

TEST(ParseFlags, TheEnvironmentIsReadAsStrictly) {
  {
    const Variable count("LATHE_COUNT", "many");
    EXPECT_EQ(error_for({"e"}), "--count: expected a whole number of 1 or more, got 'many'");
  }
  for (const char* value : {"false", "0"}) {
    const Variable json("LATHE_JSON", value);
    EXPECT_FALSE(parsed({"e"}).json);
  }
  const Variable json("LATHE_JSON", "perhaps");
  EXPECT_EQ(error_for({"e"}), "--json: expected no value, or true or false, got 'perhaps'");
}

TEST(ParseFlags, HelpWinsAndSaysEverything) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"-h"}, {"e", "--count", "1", "--help"}}) {
    Fields fields;
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(parse_flags(kCommand, declare(fields), words), Parsed::kHelpPrinted);
    const std::string help = ::testing::internal::GetCapturedStdout();
    for (const std::string_view part :
         {"a command of this test", "Usage: lathe try ENGINE [OTHER] [flags]", "--prompt TEXT",
          "how many; 3", "(Env:LATHE_COUNT)", "Examples:\n  lathe try ENGINE --count 1"}) {
      EXPECT_NE(help.find(part), std::string::npos) << part << " in\n" << help;
    }
  }
}

}  // namespace
}  // namespace lathe::app
