// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/process.h"

#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::error_of;
using testing::TempDir;

int shell(const TempDir& folder, const std::string& script) {
  const std::string arguments[] = {"-c", script};
  return run_program("/bin/sh", arguments, folder.path() / "log");
}

TEST(Process, GivesTheExitCodeAndKeepsTheLog) {
  const TempDir folder;
  EXPECT_EQ(shell(folder, "echo lost; echo kept >&2; exit 3"), 3);
  EXPECT_EQ(read_file(folder.path() / "log"), "kept\n");
  EXPECT_EQ(shell(folder, "true"), 0);
  EXPECT_EQ(read_file(folder.path() / "log"), "") << "the log is the last program's";
}

TEST(Process, TellsTheSignalThatEndedIt) {
  const TempDir folder;
  EXPECT_EQ(shell(folder, "kill -9 $$"), 128 + 9);
}

TEST(Process, ProgramsReadNothing) {
  const TempDir folder;
  EXPECT_EQ(shell(folder, "read line"), 1);
}

TEST(Process, AProgramThatIsNotThereIsNamed) {
  const TempDir folder;
  EXPECT_NE(error_of([&] {
              run_program("/no/such", {}, folder.path() / "log");
            }).find("/no/such: cannot be started"),
            std::string::npos);
}

}  // namespace
}  // namespace lathe
