// SPDX-License-Identifier: Apache-2.0
// Compiled device code in a folder, a file a piece: a build that finds all of its code there
// compiles nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lathe::builder {

// Any number of threads and processes: files are renamed into place.
class CodeCache {
 public:
  // An empty folder's name: nothing is found and nothing kept. `compiler` is part of what is asked.
  CodeCache(std::filesystem::path folder, std::string compiler)
      : folder_(std::move(folder)), compiler_(std::move(compiler)) {}

  // The cubin under a code key. A damaged file is as none, and so, with a warning, is one that
  // cannot be read.
  std::optional<std::string> find(const std::string& key) const;
  // Throws kUnavailable with the path and the reason.
  void put(const std::string& key, std::string_view cubin) const;

 private:
  std::filesystem::path file_of(const std::string& key) const;
  std::filesystem::path folder_;
  std::string compiler_;  // "NVRTC 13.0"
};

}  // namespace lathe::builder
