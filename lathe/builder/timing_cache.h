// SPDX-License-Identifier: Apache-2.0
// Measured kernel times, kept in a file: a build that finds all of its times there measures nothing
// and gives the same plan again. Entries of several machines may live in one file: keys name the
// machine. One thread at a time.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace lathe::builder {

// What the keys of a GPU's times begin with: "cuda NVIDIA H100 80GB HBM3 (sm_90a): ".
std::string gpu_prefix(const std::string& name, const std::string& arch);

// Throws kUnavailable for a file that is not there and cannot be made: before work whose times
// would be lost. One that is there may be good for reading alone. An empty path is none.
void check_timing_cache(const std::filesystem::path& path);

class TimingCache {
 public:
  // Reads the file where there is one. An empty path: nothing is read and nothing kept. Throws
  // kCorrupt naming the file and the field.
  explicit TimingCache(std::filesystem::path path = {});

  std::optional<double> find(const std::string& key) const;  // seconds
  void put(const std::string& key, double seconds);
  size_t size() const { return seconds_.size(); }
  // GPUs of an architecture that entries are of (gpu_prefix), by name.
  std::set<std::string> gpus(const std::string& arch) const;
  // Writes the file where anything was put. Throws kUnavailable.
  void save();
  // The same; where it cannot be written a warning says so, and the times are lost.
  void save_or_warn();

 private:
  std::filesystem::path path_;
  std::map<std::string, double> seconds_;
  bool changed_ = false;
};

}  // namespace lathe::builder
