// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lathe/base/error.h"

namespace lathe::builder {

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lathe-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    fail(ErrorCode::kUnavailable, pattern, ": cannot be made: ", std::strerror(errno));
  }
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lathe::builder
