// SPDX-License-Identifier: Apache-2.0
// A folder of its own among the machine's temporary files; gone with the object.
//
// A process that is killed leaves its folder behind: the next one takes it away. Whoever lives
// holds a lock on its folder, so that the lock tells the two apart, whatever process numbers say.
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
  int lock_ = -1;  // the open folder
};

}  // namespace lathe::builder
