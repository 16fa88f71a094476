// SPDX-License-Identifier: Apache-2.0
// Files: reading, atomic writing, and read-only memory maps.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lathe {

// The whole file. Throws kNotFound where it cannot be opened, kResourceExhausted over `max_bytes`.
std::string read_file(const std::filesystem::path& path, size_t max_bytes = size_t{1} << 30);

// Writes to a temporary neighbour and renames: a reader sees the old file or the new one, never
// half of it. Throws kUnavailable where it cannot be written.
void write_file(const std::filesystem::path& path, std::string_view bytes);
// The same with the bytes in pieces, one behind the other.
void write_file(const std::filesystem::path& path, std::span<const std::string_view> pieces);

// Throws kUnavailable, as write_file would, where its temporary neighbour cannot be made. Leaves
// nothing, and `path` as it is.
void check_writable(const std::filesystem::path& path);

// A file mapped read-only and shared; pages are read when touched. Immutable; safe to share between
// threads. A file that is truncated by someone else while mapped raises SIGBUS, as with every mmap.
class MappedFile {
 public:
  // Throws kNotFound where the file cannot be opened or is no regular file.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

  // Tells the kernel that this range is not needed for now, so that a load's resident memory stays
  // bounded.
  void drop(std::span<const std::byte> range) const;

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, size_t size);
  std::filesystem::path path_;
  const std::byte* data_;
  size_t size_;
};

}  // namespace lathe
