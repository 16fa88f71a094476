// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "lathe/base/error.h"
#include "lathe/base/links.h"

namespace lathe {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// A pipe that nobody writes would be waited for before it is seen to be no file.
int open_to_read(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

// The size of an open regular file.
size_t regular_size(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    fail(ErrorCode::kNotFound, path.string(), ": ", std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) fail(ErrorCode::kNotFound, path.string(), ": not a regular file");
  return static_cast<size_t>(status.st_size);
}

// A pipe, a socket, a terminal, /dev/null: what nobody puts another file in place of.
bool is_stream(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  return exists(status) && !is_regular_file(status) && !is_directory(status);
}

// Why it could not be written; empty where it was.
std::string write_through(const std::filesystem::path& path,
                          std::span<const std::string_view> pieces) {
  std::ofstream out(path, std::ios::binary);
  for (const std::string_view bytes : pieces) {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  out.close();
  return out ? "" : std::strerror(errno);
}

std::filesystem::path neighbour_of(const std::filesystem::path& path) {
  static std::atomic<uint64_t> count{0};  // threads may write the same path
  std::filesystem::path out = path;
  out += cat(".tmp", ::getpid(), ".", count++);
  return out;
}

std::string write_beside(const std::filesystem::path& path,
                         std::span<const std::string_view> pieces) {
  const std::filesystem::path temporary = neighbour_of(path);
  std::string reason = write_through(temporary, pieces);
  if (reason.empty()) {
    std::error_code error;
    std::filesystem::rename(temporary, path, error);
    if (!error) return "";
    reason = error.message();
  }
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return reason;
}

void fail_unless_empty(const std::string& reason, const std::filesystem::path& path) {
  if (reason.empty()) return;
  fail(ErrorCode::kUnavailable, path.string(), ": cannot be written: ", reason);
}

}  // namespace

std::string read_file(const std::filesystem::path& path, size_t max_bytes) {
  const FileDescriptor file(open_to_read(path));
  const size_t size = regular_size(file, path);
  if (size > max_bytes) {
    fail(ErrorCode::kResourceExhausted, path.string(), ": ", size, " bytes, at most ", max_bytes,
         " are read");
  }
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + done, size - done);
    if (got <= 0) fail(ErrorCode::kCorrupt, path.string(), ": ended at byte ", done, " of ", size);
    done += static_cast<size_t>(got);
  }
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  write_file(path, std::span(&bytes, 1));
}

void write_file(const std::filesystem::path& path, std::span<const std::string_view> pieces) {
  fail_unless_empty(
      is_stream(path) ? write_through(path, pieces) : write_beside(follow_links(path), pieces),
      path);
}

void check_writable(const std::filesystem::path& path) {
  if (is_stream(path)) return;  // whose reader would see an end
  const std::filesystem::path temporary = neighbour_of(follow_links(path));
  fail_unless_empty(write_through(temporary, {}), path);
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
}

MappedFile::MappedFile(std::filesystem::path path, const std::byte* data, size_t size)
    : path_(std::move(path)), data_(data), size_(size) {}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor file(open_to_read(path));
  const size_t size = regular_size(file, path);
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (data == MAP_FAILED) {
      fail(ErrorCode::kOutOfMemory, path.string(), ": cannot map ", size,
           " bytes: ", std::strerror(errno));
    }
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() {
  if (size_ > 0) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::drop(std::span<const std::byte> range) const {
  constexpr uintptr_t kPage = 4096;
  const auto begin = (reinterpret_cast<uintptr_t>(range.data()) + kPage - 1) & ~(kPage - 1);
  const auto end = reinterpret_cast<uintptr_t>(range.data() + range.size()) & ~(kPage - 1);
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace lathe
