// SPDX-License-Identifier: Apache-2.0
// A folder is put in place all or not at all, and what dead processes left is tidied up.
#include "lathe/engine/staging.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <set>

#include "tests/support/temp_dir.h"

namespace lathe::engine {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

// The id of a process that has ended.
pid_t dead_process() {
  const pid_t id = ::fork();
  if (id == 0) ::_exit(0);
  int status = 0;
  ::waitpid(id, &status, 0);
  return id;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.insert(entry.path().filename());
  return out;
}

TEST(Staging, StandsBesideItsFolderWithTheProcess) {
  const TempDir temp;
  EXPECT_EQ(staging_neighbour(temp.path() / "e"), temp.path() / cat("e.building-", ::getpid()));
  EXPECT_TRUE(fs::is_empty(temp.path())) << "whoever asks makes it";
}

TEST(Staging, LeftoversOfDeadProcessesAloneAreRemoved) {
  const TempDir temp;
  const pid_t dead = dead_process();
  const std::string left = cat("e.building-", dead);
  const std::set<std::string> kept = {cat("e.building-", ::getpid()),
                                      cat("other.building-", dead),
                                      "e.building-",
                                      "e.building-12x",
                                      "e.building--1",
                                      "e.building-0",
                                      "e"};
  fs::create_directories(temp.path() / left / "inner");
  for (const std::string& name : kept) fs::create_directories(temp.path() / name);
  staging_neighbour(temp.path() / "e");
  EXPECT_EQ(names_in(temp.path()), kept);
}

TEST(Staging, TakesAnEmptyPlaceAndReplacesWhatStoodThere) {
  const TempDir temp;
  const fs::path folder = temp.path() / "e";
  for (const char* content : {"first", "second"}) {
    const fs::path staging = staging_neighbour(folder);
    fs::create_directories(staging);
    write_file(staging / content, content);
    put_in_place(staging, folder);
    EXPECT_EQ(names_in(folder), std::set<std::string>{content});
    EXPECT_EQ(names_in(temp.path()), std::set<std::string>{"e"}) << "nothing is left beside it";
  }
}

TEST(Staging, ThatIsMissingIsAnErrorWithThePlace) {
  const TempDir temp;
  const std::string message =
      testing::error_of([&] { put_in_place(temp.path() / "missing", temp.path() / "e"); });
  EXPECT_TRUE(message.starts_with((temp.path() / "e").string() + ": ")) << message;
}

// The name may be relative: its neighbour is looked for where the process stands.
TEST(Staging, OfARelativeNameIsRelative) {
  EXPECT_EQ(staging_neighbour("some-engine").parent_path(), fs::path());
}

}  // namespace
}  // namespace lathe::engine
