// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/links.h"

#include "lathe/base/error.h"

namespace lathe {

namespace fs = std::filesystem;

fs::path follow_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as the system's own limit
  const fs::path first = path;
  std::error_code ignored;
  for (int i = 0; i < kMostLinks; ++i) {
    if (!fs::is_symlink(path, ignored)) return path;
    path = path.parent_path() / fs::read_symlink(path, ignored);
  }
  fail(ErrorCode::kInvalidArgument, first.string(), ": links that lead in a circle");
}

}  // namespace lathe
