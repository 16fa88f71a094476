// SPDX-License-Identifier: Apache-2.0
#include "token_count.h"

#include <gtest/gtest.h>

#include "tests/support/error_code_of.h"

namespace lathe::app {
namespace {

TokenCount fitted(TokenCount count, int64_t room) {
  fit_default(count, "--context", room);
  return count;
}

TEST(TokenCount, ADefaultGivesWay) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(fitted({512}, 128).tokens, 128);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "note: --context is 128 here, not 512: the context is no longer\n");
}

TEST(TokenCount, WhatHasRoomIsKeptInSilence) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(fitted({512}, 512).tokens, 512);
  EXPECT_EQ(fitted({512}, 4096).tokens, 512);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(TokenCount, WhatSomebodyAskedForIsRefusedNotCut) {
  TokenCount count{512};
  read_word("200", count, {});
  EXPECT_TRUE(count.given);
  EXPECT_EQ(fitted(count, 128).tokens, 200);
  EXPECT_EQ(lathe::testing::code_of([] { check_length("--context", 200, 128); }),
            ErrorCode::kResourceExhausted);
  check_length("--context", 128, 128);
}

TEST(TokenCount, WithoutAnyRoomThereIsNothingToCutTo) {
  EXPECT_EQ(fitted({512}, 0).tokens, 512);
  EXPECT_EQ(fitted({512}, -3).tokens, 512);
}

}  // namespace
}  // namespace lathe::app
