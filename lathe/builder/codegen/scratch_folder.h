// SPDX-License-Identifier: Apache-2.0
// A folder of its own among the machine's temporary files; gone with the object.
#pragma once

#include <filesystem>

namespace lathe::builder {

class ScratchFolder {
 public:
  // Throws kInvalidArgument where TMPDIR names no folder, kUnavailable where none can be made
  // there.
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace lathe::builder
