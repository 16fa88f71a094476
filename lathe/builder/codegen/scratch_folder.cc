// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lathe/base/error.h"

namespace lathe::builder {

namespace {

std::filesystem::path temporary_folder() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (!error) return folder;
  const char* given = std::getenv("TMPDIR");
  fail(ErrorCode::kInvalidArgument, "TMPDIR: expected a folder for temporary files, got ",
       given == nullptr ? "none" : quote(given, 200), ": ", error.message());
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string pattern = (temporary_folder() / "lathe-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    fail(ErrorCode::kUnavailable, pattern, ": cannot be made: ", std::strerror(errno),
         "; TMPDIR names another folder for temporary files");
  }
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lathe::builder
