// SPDX-License-Identifier: Apache-2.0
#include "exit_code.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "interrupt.h"

namespace lathe::app {
namespace {

struct Reported {
  int code;
  std::string err;
};

template <class E>
Reported report(const E& thrown) {
  ::testing::internal::CaptureStderr();
  ExitCode code{};
  try {
    throw thrown;
  } catch (...) {
    code = report_current_exception();
  }
  return {static_cast<int>(code), ::testing::internal::GetCapturedStderr()};
}

TEST(ExitCode, FollowsFromTheKindOfError) {
  const std::pair<ErrorCode, int> cases[] = {
      {ErrorCode::kInvalidArgument, 2},   {ErrorCode::kNotFound, 3},
      {ErrorCode::kUnsupported, 3},       {ErrorCode::kCorrupt, 3},
      {ErrorCode::kOutOfMemory, 4},       {ErrorCode::kUnavailable, 4},
      {ErrorCode::kResourceExhausted, 1}, {ErrorCode::kInternal, 1}};
  for (const auto& [error, code] : cases) {
    const Reported reported = report(Error(error, "what and where"));
    EXPECT_EQ(reported.code, code) << to_string(error);
    EXPECT_EQ(reported.err, "error: what and where\n");
  }
}

TEST(ExitCode, CoversWhatIsNoErrorOfOurs) {
  EXPECT_EQ(report(std::bad_alloc()).code, 4);
  EXPECT_EQ(report(std::bad_alloc()).err, "error: out of memory\n");
  EXPECT_EQ(report(std::runtime_error("odd")).code, 1);
  EXPECT_EQ(report(std::runtime_error("odd")).err, "error: internal: odd\n");
}

TEST(ExitCode, OfASignalIsTheShells) {
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 129}}) {
    EXPECT_EQ(report(Interrupted{signal}).code, code);
    EXPECT_EQ(report(Interrupted{signal}).err,
              cat("error: ended by signal ", signal, "; nothing was written\n"));
  }
}

// A message may quote a hostile file.
TEST(ExitCode, AnErrorIsOneLineOfText) {
  EXPECT_EQ(report(Error(ErrorCode::kCorrupt, "a\nb\x1b[31m\x7f\tc")).err, "error: a b [31m  c\n");
  EXPECT_EQ(report(Error(ErrorCode::kCorrupt, "\xff\xc3(")).err,
            "error: \xef\xbf\xbd\xef\xbf\xbd(\n");
  EXPECT_EQ(report(Error(ErrorCode::kCorrupt, "größe 世界")).err, "error: größe 世界\n");
}

}  // namespace
}  // namespace lathe::app
