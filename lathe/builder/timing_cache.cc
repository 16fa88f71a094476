// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/timing_cache.h"

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/json.h"
#include "lathe/base/log.h"

namespace lathe::builder {

namespace {
constexpr int64_t kVersion = 1;
constexpr std::string_view kCuda = "cuda ";
}  // namespace

std::string gpu_prefix(const std::string& name, const std::string& arch) {
  return cat(kCuda, name, " (", arch, "): ");
}

std::set<std::string> TimingCache::gpus(const std::string& arch) const {
  const std::string behind = gpu_prefix({}, arch).substr(kCuda.size());
  std::set<std::string> out;
  for (const auto& [key, seconds] : seconds_) {
    const size_t end = key.find(behind);
    if (!key.starts_with(kCuda) || end == std::string::npos) continue;
    out.insert(key.substr(kCuda.size(), end - kCuda.size()));
  }
  return out;
}

void check_timing_cache(const std::filesystem::path& path) {
  if (path.empty() || std::filesystem::exists(path)) return;
  check_writable(path);
}

TimingCache::TimingCache(std::filesystem::path path) : path_(std::move(path)) {
  if (!std::filesystem::exists(path_)) return;
  const Json json = Json::parse(read_file(path_), path_.string());
  with_context(path_.string(), [&] {
    const int64_t version = json.at("version").as_integer();
    if (version != kVersion) {
      fail(ErrorCode::kCorrupt, "timing cache: expected version ", kVersion, ", got ", version);
    }
    for (const auto& [key, seconds] : json.at("seconds").as_object()) {
      seconds_[key] = seconds.as_number();
    }
  });
}

std::optional<double> TimingCache::find(const std::string& key) const {
  const auto found = seconds_.find(key);
  if (found == seconds_.end()) return std::nullopt;
  return found->second;
}

void TimingCache::put(const std::string& key, double seconds) {
  seconds_[key] = seconds;
  changed_ = true;
}

void TimingCache::save() {
  if (path_.empty() || !changed_) return;
  Json entries = Json::object();
  for (const auto& [key, seconds] : seconds_) entries[key] = seconds;
  Json json = Json::object();
  json["version"] = kVersion;
  json["seconds"] = std::move(entries);
  write_file(path_, json.dump_pretty() + "\n");
  changed_ = false;
}

void TimingCache::save_or_warn() {
  try {
    save();
  } catch (const Error& error) {
    log(LogLevel::kWarn,
        cat("times of kernels are not kept for the next build: ", error.message()));
  }
}

}  // namespace lathe::builder
