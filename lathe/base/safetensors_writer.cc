// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/safetensors_writer.h"

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/json.h"

namespace lathe {

namespace {

constexpr size_t kAlignment = 64;

void check_bytes(const SafetensorsTensor& tensor) {
  int64_t bits = safetensors_bits(tensor.dtype);
  for (const int64_t size : tensor.shape) bits *= size;
  if (bits == 8 * static_cast<int64_t>(tensor.bytes.size())) return;
  fail(ErrorCode::kInvalidArgument, "tensor ", quote(tensor.name), " of dtype ", tensor.dtype,
       ": expected ", bits / 8, " bytes, got ", tensor.bytes.size());
}

Json json_of(const SafetensorsMetadata& metadata) {
  Json out = Json::object();
  for (const auto& [name, text] : metadata) out[name] = text;
  return out;
}

}  // namespace

// The JSON header, filled up with spaces, behind its size.
std::string safetensors_header(std::span<const SafetensorsTensor> tensors,
                               const SafetensorsMetadata& metadata) {
  Json entries = Json::object();
  if (!metadata.empty()) entries["__metadata__"] = json_of(metadata);
  uint64_t offset = 0;
  for (const SafetensorsTensor& tensor : tensors) {
    check_bytes(tensor);
    Json shape = Json::array();
    for (const int64_t size : tensor.shape) shape.push_back(size);
    Json& entry = entries[tensor.name];
    entry = Json::object();
    entry["dtype"] = tensor.dtype;
    entry["shape"] = std::move(shape);
    entry["data_offsets"] = Json::Array{offset, offset + tensor.bytes.size()};
    offset += tensor.bytes.size();
  }
  std::string json = entries.dump();
  json.resize((json.size() + 8 + kAlignment - 1) / kAlignment * kAlignment - 8, ' ');
  const uint64_t size = json.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof(size)) + json;
}

void write_safetensors(const std::filesystem::path& path,
                       std::span<const SafetensorsTensor> tensors) {
  const std::string header = safetensors_header(tensors);
  std::vector<std::string_view> pieces = {header};
  for (const SafetensorsTensor& tensor : tensors) {
    pieces.emplace_back(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  write_file(path, pieces);
}

}  // namespace lathe
