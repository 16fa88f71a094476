// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/library.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>

#include "lathe/base/error.h"
#include "lathe/base/log.h"

namespace lathe::cuda {
namespace {

namespace fs = std::filesystem;

void add_folder(std::vector<fs::path>& folders, const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) folders.push_back(folder);
}

// Sub-folders of `parent`, sorted, so that the order does not depend on the file system.
std::vector<fs::path> children(const fs::path& parent) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
    out.push_back(it->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// site-packages/nvidia/<component>/lib of every Python under `prefix`/lib.
void add_wheels(std::vector<fs::path>& folders, const fs::path& prefix) {
  for (const fs::path& python : children(prefix / "lib")) {
    if (!python.filename().string().starts_with("python3")) continue;
    for (const char* site : {"site-packages", "dist-packages"}) {
      for (const fs::path& component : children(python / site / "nvidia")) {
        add_folder(folders, component / "lib");
      }
    }
  }
}

std::string path_of(void* handle, const std::string& name) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr && map->l_name[0] != '\0') {
    return map->l_name;
  }
  return name;
}

// Tries files, and keeps what the loader says of those that are there and are not taken.
class Attempts {
 public:
  // Null where there is none.
  std::shared_ptr<const Library> open(const std::string& name) {
    void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      const std::string why = dlerror();
      // Of another name, it is a library that this one needs.
      const bool absent = why.starts_with(name + ": cannot open shared object file: No such file");
      if (!absent) refusals_.push_back(why);
      return nullptr;
    }
    auto library = std::make_shared<const Library>(handle, path_of(handle, name));
    log(LogLevel::kInfo, cat("library opened path=", library->path()));
    return library;
  }
  const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  std::vector<std::string> refusals_;
};

[[noreturn]] void fail_to_open(const std::string& names, const std::vector<std::string>& refusals,
                               const std::vector<fs::path>& folders) {
  if (!refusals.empty()) {
    fail(ErrorCode::kUnavailable, "library ", names, " cannot be loaded: ", join(refusals, "; "),
         "; name the folder of another with --cuda-libraries DIR");
  }
  std::string places = "the loader's path";
  for (const fs::path& folder : folders) places += cat(", ", folder.string());
  fail(ErrorCode::kUnavailable, "library ", names, " not found in ", places,
       "; name its folder with --cuda-libraries DIR");
}

}  // namespace

std::vector<fs::path> library_folders(const LibrarySearch& search) {
  std::vector<fs::path> folders;
  add_folder(folders, "/usr/local/cuda/lib64");
  const char* environment = std::getenv("VIRTUAL_ENV");
  if (environment != nullptr) add_wheels(folders, environment);
  add_wheels(folders, "/usr/local");
  add_wheels(folders, "/usr");
  add_wheels(folders, "/opt/venv");
  if (!search.directory.empty()) {
    // The directory itself, or a `site-packages/nvidia` folder, or an environment's root.
    std::vector<fs::path> first;
    add_folder(first, search.directory);
    for (const fs::path& component : children(search.directory))
      add_folder(first, component / "lib");
    add_wheels(first, search.directory);
    folders.insert(folders.begin(), first.begin(), first.end());
  }
  return folders;
}

std::shared_ptr<const Library> Library::open(const std::vector<std::string>& names,
                                             const LibrarySearch& search) {
  const std::vector<fs::path> folders = library_folders(search);
  Attempts attempts;
  const auto open_in_folders = [&]() -> std::shared_ptr<const Library> {
    for (const fs::path& folder : folders) {
      for (const std::string& name : names) {
        if (auto library = attempts.open((folder / name).string())) return library;
      }
    }
    return nullptr;
  };
  const bool folders_first = !search.directory.empty();
  if (folders_first) {
    if (auto library = open_in_folders()) return library;
  }
  for (const std::string& name : names) {
    if (auto library = attempts.open(name)) return library;
  }
  if (!folders_first) {
    if (auto library = open_in_folders()) return library;
  }
  fail_to_open(join(names, " or "), attempts.refusals(), folders);
}

Library::~Library() { dlclose(handle_); }

void* Library::find(const char* symbol) const { return dlsym(handle_, symbol); }

void* Library::require(const char* symbol) const {
  void* function = find(symbol);
  if (function == nullptr) {
    fail(ErrorCode::kUnavailable, path_, " has no function ", symbol,
         ": it is older than this program needs (CUDA 12.0)");
  }
  return function;
}

}  // namespace lathe::cuda
