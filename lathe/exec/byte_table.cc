// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/byte_table.h"

#include <functional>
#include <numeric>

#include "lathe/base/error.h"
#include "lathe/base/json.h"

namespace lathe::exec {

namespace {
constexpr size_t kAlignment = 64;
}  // namespace

std::string byte_table_header(std::span<const ByteTensor> tensors) {
  Json header = Json::object();
  int64_t end = 0;
  for (const ByteTensor& tensor : tensors) {
    const int64_t begin = end;
    end +=
        std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1}, std::multiplies<>());
    Json shape = Json::array();
    for (const int64_t size : tensor.shape) shape.push_back(size);
    Json& entry = header[tensor.name] = Json::object();
    entry["dtype"] = "U8";
    entry["shape"] = std::move(shape);
    entry["data_offsets"] = Json::Array{begin, end};
  }
  std::string text = header.dump();
  text.resize((text.size() + 8 + kAlignment - 1) / kAlignment * kAlignment - 8, ' ');
  const auto size = static_cast<uint64_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&size), sizeof(size)) + text;
}

ByteTable::ByteTable(const std::filesystem::path& file)
    : name_(file.string()), file_(MappedFile::open(file)) {
  for (SafetensorsTensor& tensor : read_safetensors(file_->bytes(), name_).tensors) {
    std::string name = tensor.name;
    tensors_.emplace(std::move(name), std::move(tensor));
  }
}

std::span<const std::byte> ByteTable::at(const ByteTensor& tensor) const {
  const auto found = tensors_.find(tensor.name);
  if (found != tensors_.end() && found->second.shape == tensor.shape) return found->second.bytes;
  fail(ErrorCode::kCorrupt, name_, ": tensor ", quote(tensor.name, 200),
       found == tensors_.end() ? " is missing" : " has another shape than the plan says",
       "; rebuild the engine with `lathe build`");
}

}  // namespace lathe::exec
