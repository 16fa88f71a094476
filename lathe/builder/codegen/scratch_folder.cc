// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/scratch_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lathe/base/error.h"

namespace lathe::builder {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "lathe-build-", kRandom = "XXXXXX";

fs::path temporary_folder() {
  std::error_code error;
  fs::path folder = fs::temp_directory_path(error);
  if (!error) return folder;
  const char* given = std::getenv("TMPDIR");
  fail(ErrorCode::kInvalidArgument, "TMPDIR: expected a folder for temporary files, got ",
       given == nullptr ? "none" : quote(given, 200), ": ", error.message());
}

// The folder itself, not what a link leads to; -1 where it is none of ours.
int open_own_folder(const fs::path& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat status {};
  if (folder < 0 || (::fstat(folder, &status) == 0 && status.st_uid == ::geteuid())) return folder;
  ::close(folder);
  errno = EPERM;
  return -1;
}

// Whether the name still leads to the open folder.
bool is_still_there(int folder, const fs::path& path) {
  struct stat held {
  }, named{};
  return ::fstat(folder, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

fs::path make_folder(const fs::path& temporary) {
  std::string pattern = (temporary / cat(kPrefix, kRandom)).string();
  if (mkdtemp(pattern.data()) != nullptr) return pattern;
  fail(ErrorCode::kUnavailable, pattern, ": cannot be made: ", std::strerror(errno),
       "; TMPDIR names another folder for temporary files");
}

// Waits for whoever takes it away. Where the file system has no locks nobody takes anything away.
void lock(int folder) {
  while (::flock(folder, LOCK_EX) != 0 && errno == EINTR) {
  }
}

void remove_unless_locked(const fs::path& path) {
  const int folder = open_own_folder(path);
  if (folder < 0) return;
  std::error_code ignored;
  if (::flock(folder, LOCK_EX | LOCK_NB) == 0) fs::remove_all(path, ignored);
  ::close(folder);
}

// What processes have left that were killed. A folder that cannot be read or removed is let be.
void remove_left_behind(const fs::path& temporary) {
  std::error_code error;
  for (fs::directory_iterator at(temporary, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool ours = name.starts_with(kPrefix) && name.size() == kPrefix.size() + kRandom.size();
    if (ours) remove_unless_locked(at->path());
  }
}

}  // namespace

// Before it has its lock somebody may take a new folder for one that was left behind: then there is
// another.
ScratchFolder::ScratchFolder() {
  const fs::path temporary = temporary_folder();
  remove_left_behind(temporary);
  for (bool is_ours = false; !is_ours;) {
    path_ = make_folder(temporary);
    lock_ = open_own_folder(path_);
    if (lock_ < 0 && errno == ENOENT) continue;
    if (lock_ < 0) {
      fail(ErrorCode::kUnavailable, path_.string(), ": cannot be opened: ", std::strerror(errno));
    }
    lock(lock_);
    is_ours = is_still_there(lock_, path_);
    if (!is_ours) ::close(lock_);
  }
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

}  // namespace lathe::builder
