// SPDX-License-Identifier: Apache-2.0
// Measured kernel times, kept in a file: a build that finds all of its times there measures nothing
// and gives the same plan again.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace lathe::builder {

// One thread at a time. Entries of several machines may live in one file: keys name the machine.
class TimingCache {
 public:
  // Reads the file where there is one. Throws kCorrupt naming it and the field.
  explicit TimingCache(std::filesystem::path path);

  std::optional<double> find(const std::string& key) const;  // seconds
  void put(const std::string& key, double seconds);
  size_t size() const { return seconds_.size(); }
  // Writes the file where anything was put.
  void save();

 private:
  std::filesystem::path path_;
  std::map<std::string, double> seconds_;
  bool changed_ = false;
};

}  // namespace lathe::builder
