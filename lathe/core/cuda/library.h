// SPDX-License-Identifier: Apache-2.0
// Shared libraries that are opened at run time, and where they are looked for.
//
// Order: the explicit directory, the loader's own path, /usr/local/cuda, then the `nvidia/*/lib`
// folders of Python wheels. What was opened is logged once with its path.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lathe::cuda {

struct LibrarySearch {
  std::filesystem::path directory;  // empty: no explicit one (`--cuda-libraries DIR`)
  bool operator==(const LibrarySearch&) const = default;
};

// Folders that are tried besides the loader's path, in order; only existing ones.
std::vector<std::filesystem::path> library_folders(const LibrarySearch& search);

// An open library; closed with its last owner.
class Library {
 public:
  // Tries every name in every place. Throws kUnavailable naming the names and the places tried or,
  // where there are files of these names, why the loader takes none.
  static std::shared_ptr<const Library> open(const std::vector<std::string>& names,
                                             const LibrarySearch& search);
  Library(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

  const std::string& path() const { return path_; }
  // The symbol, or null.
  void* find(const char* symbol) const;
  // Throws kUnavailable "`path` has no function `symbol`: …".
  template <class F>
  void bind(F*& function, const char* symbol) const {
    function = reinterpret_cast<F*>(require(symbol));
  }

 private:
  void* require(const char* symbol) const;
  void* handle_;
  std::string path_;
};

}  // namespace lathe::cuda
