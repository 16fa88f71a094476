// SPDX-License-Identifier: Apache-2.0
// Text in, text out: every file in tests/data/passes (tests/support/pass_cases.h) is a case.
#include <gtest/gtest.h>

#include "tests/support/pass_cases.h"

namespace lathe::builder {
namespace {

namespace fs = std::filesystem;

class PassText : public ::testing::TestWithParam<fs::path> {};

TEST_P(PassText, GivesTheExpectedNetwork) {
  const testing::PassCase test = testing::read_pass_case(GetParam());
  ASSERT_FALSE(test.passes.empty());
  const auto network = graph::parse(test.before, GetParam().string());
  const std::string before = graph::print(*network);
  const std::string notes = testing::run_named_passes(test.passes, *network, test.context);
  const std::string expected =
      test.after == "unchanged\n" ? before
                                  : graph::print(*graph::parse(test.after, "the expected network"));
  EXPECT_EQ(graph::print(*network), expected) << notes;
  EXPECT_NE(notes.find(test.note), std::string::npos) << notes;
}

INSTANTIATE_TEST_SUITE_P(Passes, PassText, ::testing::ValuesIn(testing::pass_case_files()),
                         testing::pass_case_name);

}  // namespace
}  // namespace lathe::builder
