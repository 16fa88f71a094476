// SPDX-License-Identifier: Apache-2.0
// A safetensors file whose tensors are bytes that only a plan can read: all U8, data aligned.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lathe/base/file.h"
#include "lathe/base/safetensors.h"

namespace lathe::exec {

struct ByteTensor {
  std::string name;
  std::vector<int64_t> shape;
};

// What stands before the tensors' bytes, which follow in this order. A multiple of 64 bytes.
std::string byte_table_header(std::span<const ByteTensor> tensors);

// The file, mapped. Immutable.
class ByteTable {
 public:
  // Throws kNotFound, kCorrupt.
  explicit ByteTable(const std::filesystem::path& file);

  // Lives as long as the table. Throws kCorrupt naming file and tensor, where it is missing or has
  // another shape.
  std::span<const std::byte> at(const ByteTensor& tensor) const;

 private:
  std::string name_;
  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, SafetensorsTensor, std::less<>> tensors_;
};

}  // namespace lathe::exec
