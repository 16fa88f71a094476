// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/code_cache.h"

#include <algorithm>
#include <span>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/hash.h"
#include "lathe/base/log.h"
#include "lathe/base/text.h"

namespace lathe::builder {

namespace {

// Stands before the cubin, so that a damaged one is seen.
std::string check_of(std::string_view cubin) {
  return hex64(hash64(std::as_bytes(std::span(cubin))));
}

// Nothing where it cannot be read.
std::string read_or_warn(const std::filesystem::path& file) {
  try {
    return read_file(file);
  } catch (const Error& error) {
    log(LogLevel::kWarn, cat("compiled code is not read: ", error.message()));
    return "";
  }
}

}  // namespace

std::filesystem::path CodeCache::file_of(const std::string& key) const {
  std::string name = cat(key, ".", compiler_, ".cubin");
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == ' '; }, '-');
  return folder_ / name;
}

std::optional<std::string> CodeCache::find(const std::string& key) const {
  std::error_code ignored;
  if (folder_.empty() || !std::filesystem::exists(file_of(key), ignored)) return std::nullopt;
  const std::string bytes = read_or_warn(file_of(key));
  const size_t check = check_of({}).size();
  if (bytes.size() < check) return std::nullopt;
  std::string cubin = bytes.substr(check);
  if (check_of(cubin) != bytes.substr(0, check)) return std::nullopt;
  return cubin;
}

void CodeCache::put(const std::string& key, std::string_view cubin) const {
  if (folder_.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    fail(ErrorCode::kUnavailable, folder_.string(), ": cannot be created: ", error.message());
  }
  write_file(file_of(key), cat(check_of(cubin), cubin));
}

}  // namespace lathe::builder
