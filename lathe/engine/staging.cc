// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/staging.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>

#include "lathe/base/error.h"

namespace lathe::engine {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".building-";

bool is_gone(std::string_view process) {
  pid_t id = 0;
  const auto [end, error] = std::from_chars(process.data(), process.data() + process.size(), id);
  if (error != std::errc() || end != process.data() + process.size() || id <= 0) return false;
  return ::kill(id, 0) != 0 && errno == ESRCH;
}

void remove_leftovers(const fs::path& folder) {
  const std::string prefix = cat(folder.filename().string(), kSuffix);
  const fs::path parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !is_gone(name.substr(prefix.size()))) continue;
    fs::remove_all(entry.path(), ignored);
  }
}

// 0, or what went wrong.
int rename_as(const fs::path& from, const fs::path& to, unsigned how) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), how) == 0 ? 0 : errno;
}

// For file systems that cannot exchange two names.
void replace_in_two_steps(const fs::path& staging, const fs::path& folder) {
  fs::path old = staging;
  old += ".old";
  std::error_code error;
  fs::rename(folder, old, error);
  fs::rename(staging, folder, error);
  if (error) fail(ErrorCode::kUnavailable, folder.string(), ": ", error.message());
  fs::remove_all(old, error);
}

}  // namespace

fs::path staging_neighbour(const fs::path& folder) {
  remove_leftovers(folder);
  fs::path out = folder;
  out += cat(kSuffix, ::getpid());
  return out;
}

void put_in_place(const fs::path& staging, const fs::path& folder) {
  // Another process may write the same folder: what is not there now may be a moment later.
  for (int attempt = 0; attempt < 8; ++attempt) {
    int error = rename_as(staging, folder, RENAME_EXCHANGE);
    if (error == 0) {
      std::error_code ignored;
      fs::remove_all(staging, ignored);
      return;
    }
    if (error != ENOENT) break;
    error = rename_as(staging, folder, RENAME_NOREPLACE);
    if (error == 0) return;
    if (error != EEXIST) break;
  }
  replace_in_two_steps(staging, folder);
}

}  // namespace lathe::engine
