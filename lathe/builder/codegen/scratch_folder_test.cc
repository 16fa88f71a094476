// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/scratch_folder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "lathe/base/file.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

namespace fs = std::filesystem;

// With a folder for temporary files of its own.
class Scratch : public ::testing::Test {
 protected:
  Scratch() {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    setenv("TMPDIR", temporary.path().c_str(), 1);
  }
  ~Scratch() override { before_ ? setenv("TMPDIR", before_->c_str(), 1) : unsetenv("TMPDIR"); }

  fs::path left_behind(const std::string& name) const {
    fs::path folder = temporary.path() / name;
    fs::create_directory(folder);
    write_file(folder / "kernel.json", "{}");
    return folder;
  }
  testing::TempDir temporary;

 private:
  std::optional<std::string> before_;
};

TEST_F(Scratch, IsThereAsLongAsTheObjectAndForNobodyElse) {
  fs::path path;
  {
    const ScratchFolder folder;
    path = folder.path();
    EXPECT_EQ(path.parent_path(), temporary.path());
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    write_file(path / "file", "x");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Scratch, TakesAwayWhatAKilledProcessLeft) {
  const pid_t child = fork();
  if (child == 0) {
    const ScratchFolder folder;
    write_file(folder.path() / "file", "x");
    raise(SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  ASSERT_FALSE(fs::is_empty(temporary.path()));
  { const ScratchFolder next; }
  EXPECT_TRUE(fs::is_empty(temporary.path()));
}

TEST_F(Scratch, LeavesThoseOfTheLivingAlone) {
  const ScratchFolder first;
  write_file(first.path() / "file", "x");
  { const ScratchFolder second; }
  EXPECT_EQ(read_file(first.path() / "file"), "x");
}

TEST_F(Scratch, LeavesWhatIsNotItsOwnAlone) {
  const fs::path others = left_behind("lathe-build-more-than-six"), target = left_behind("target");
  const fs::path link = temporary.path() / "lathe-build-abcdef",
                 file = temporary.write("lathe-build-ghijkl", "mine");
  fs::create_directory_symlink(target, link);
  const fs::path old = left_behind("lathe-build-mnopqr");
  fs::create_directory_symlink(target, old / "link");
  { const ScratchFolder folder; }
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(others / "kernel.json"));
  EXPECT_TRUE(fs::exists(target / "kernel.json"));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_file(file), "mine");
}

}  // namespace
}  // namespace lathe::builder
