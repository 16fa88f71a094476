// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/memory.h"

#include <sys/mman.h>

#include <fstream>

namespace lathe::exec {

Tensor lazy_zeros(DType dtype, std::vector<int64_t> sizes, Pages pages, std::string_view what) {
  int64_t elements = 1;
  for (const int64_t size : sizes) {
    if (__builtin_mul_overflow(elements, size, &elements) || elements > (int64_t{1} << 50)) {
      fail(ErrorCode::kOutOfMemory, what, ": more elements than any memory holds");
    }
  }
  const auto bytes = static_cast<size_t>(bytes_for(dtype, elements));
  if (bytes == 0) return Tensor(dtype, std::move(sizes));
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    fail(ErrorCode::kOutOfMemory, what, ": ", bytes, " bytes cannot be had");
  }
  if (pages == Pages::kHuge) madvise(data, bytes, MADV_HUGEPAGE);
  std::shared_ptr<const void> owner(
      data, [bytes](const void* memory) { munmap(const_cast<void*>(memory), bytes); });
  return Tensor(dtype, std::move(sizes), std::move(owner), data);
}

int64_t available_memory() {
  std::ifstream file("/proc/meminfo");  // its size reads as 0: no file to read whole
  std::string word;
  while (file >> word) {
    int64_t kibibytes = 0;
    if (word == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace lathe::exec
