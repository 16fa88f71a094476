// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/error.h"

#include <gtest/gtest.h>

#include <string>

#include "lathe/base/log.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::error_of;

TEST(ErrorCodes, KeepTheirNumbersAndNames) {  // they cross the C ABI
  const std::pair<ErrorCode, const char*> codes[] = {{ErrorCode{1}, "invalid_argument"},
                                                     {ErrorCode{2}, "not_found"},
                                                     {ErrorCode{3}, "unsupported"},
                                                     {ErrorCode{4}, "out_of_memory"},
                                                     {ErrorCode{5}, "resource_exhausted"},
                                                     {ErrorCode{6}, "corrupt"},
                                                     {ErrorCode{7}, "unavailable"},
                                                     {ErrorCode{8}, "internal"},
                                                     {ErrorCode{9}, "unknown"}};
  for (const auto& [code, name] : codes) EXPECT_EQ(to_string(code), name);
}

TEST(ErrorContext, GrowsFromTheInsideOut) {
  EXPECT_EQ(error_of([] {
              with_context("file", [] {
                with_context("tensor 'w'", [] { fail(ErrorCode::kCorrupt, "bad ", 2, '!'); });
              });
            }),
            "file: tensor 'w': bad 2!");
}

TEST(ErrorContext, KeepsTheCodeAndReturnsWhatTheActionReturns) {
  EXPECT_EQ(with_context("x", [] { return 7; }), 7);
  int value = 1;
  int& same = with_context("x", [&]() -> int& { return value; });
  same = 2;
  EXPECT_EQ(value, 2);
  try {
    with_context("x", [] { fail(ErrorCode::kOutOfMemory, "y"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
    EXPECT_STREQ(error.what(), "x: y");
  }
}

TEST(ErrorContext, LeavesOtherExceptionsAlone) {
  EXPECT_THROW(with_context("x", [] { throw std::string("other"); }), std::string);
}

TEST(ErrorCheck, SaysConditionReasonValuesAndPlace) {
  const int begin = 3, end = 2;
  const std::string message =
      error_of([&] { LATHE_CHECK(begin <= end, "range reversed", begin, end); });
  EXPECT_EQ(message.find("check failed: begin <= end: range reversed 3 2 ("), 0U) << message;
  EXPECT_NE(message.find("error_test.cc:"), std::string::npos) << message;
}

TEST(ErrorCheck, EvaluatesItsConditionOnceAndItsValuesOnFailureOnly) {
  int conditions = 0, values = 0;
  LATHE_CHECK(++conditions > 0, "why", ++values);
  EXPECT_EQ(conditions, 1);
  EXPECT_EQ(values, 0);
}

TEST(LogLevels, HideWhatIsBelowThem) {
  struct Restore {
    ~Restore() { set_log_level(LogLevel::kWarn); }
  } restore;
  for (const LogLevel level : enum_values(LogLevel{})) {
    set_log_level(level);
    for (const LogLevel other : enum_values(LogLevel{})) {
      EXPECT_EQ(log_enabled(other), other >= level) << to_string(level) << to_string(other);
    }
  }
}

TEST(LogLines, GoToStderrWithTheirLevelAndAreNotFormatted) {
  ::testing::internal::CaptureStderr();
  log(LogLevel::kError, "kept {} 100%s");
  log(LogLevel::kInfo, "hidden");
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find(" error kept {} 100%s\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("hidden"), std::string::npos);
}

}  // namespace
}  // namespace lathe
