// SPDX-License-Identifier: Apache-2.0
// Small GGUF files as bytes, well-formed or with one lie in them.
//
//   GgufBuilder gguf;
//   gguf.text("general.architecture", "llama").number("llama.block_count", uint32_t{2});
//   gguf.tensor("output_norm.weight", {8}, 0, std::string(32, '\0'));
//   std::string bytes = gguf.bytes();
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "lathe/base/gguf.h"

namespace lathe::testing {

template <class T>
std::string little_endian(T value) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

inline std::string gguf_string(std::string_view text) {
  return little_endian(uint64_t{text.size()}) + std::string(text);
}

template <class T>
constexpr GgufType gguf_type_of() {
  if constexpr (std::is_same_v<T, bool>) return GgufType::kBool;
  if constexpr (std::is_same_v<T, float>) return GgufType::kFloat32;
  if constexpr (std::is_same_v<T, double>) return GgufType::kFloat64;
  if constexpr (std::is_same_v<T, uint8_t>) return GgufType::kUint8;
  if constexpr (std::is_same_v<T, int8_t>) return GgufType::kInt8;
  if constexpr (std::is_same_v<T, uint16_t>) return GgufType::kUint16;
  if constexpr (std::is_same_v<T, int16_t>) return GgufType::kInt16;
  if constexpr (std::is_same_v<T, uint32_t>) return GgufType::kUint32;
  if constexpr (std::is_same_v<T, int32_t>) return GgufType::kInt32;
  if constexpr (std::is_same_v<T, uint64_t>) return GgufType::kUint64;
  return GgufType::kInt64;
}

class GgufBuilder {
 public:
  uint32_t version = 3;
  uint64_t alignment = 32;     // of the tensors' offsets; set the metadata key too
  uint64_t extra_tensors = 0;  // announced beyond those that are there
  uint64_t extra_keys = 0;

  GgufBuilder& raw(std::string_view key, uint32_t type, std::string_view payload) {
    metadata_ += gguf_string(key) + little_endian(type) + std::string(payload);
    ++num_keys_;
    return *this;
  }
  GgufBuilder& text(std::string_view key, std::string_view value) {
    return raw(key, static_cast<uint32_t>(GgufType::kString), gguf_string(value));
  }
  template <class T>
  GgufBuilder& number(std::string_view key, T value) {
    return raw(key, static_cast<uint32_t>(gguf_type_of<T>()), little_endian(value));
  }
  template <class T>
  GgufBuilder& numbers(std::string_view key, const std::vector<T>& values) {
    std::string payload = array_head(gguf_type_of<T>(), values.size());
    for (const T value : values) payload += little_endian(value);
    return raw(key, static_cast<uint32_t>(GgufType::kArray), payload);
  }
  GgufBuilder& texts(std::string_view key, const std::vector<std::string>& values) {
    std::string payload = array_head(GgufType::kString, values.size());
    for (const std::string& value : values) payload += gguf_string(value);
    return raw(key, static_cast<uint32_t>(GgufType::kArray), payload);
  }

  // `dims` row-major; the data is appended at the next aligned offset.
  GgufBuilder& tensor(std::string_view name, const std::vector<uint64_t>& dims, uint32_t type,
                      std::string_view data) {
    data_.resize((data_.size() + alignment - 1) / alignment * alignment, '\0');
    info(name, dims, type, data_.size());
    data_ += data;
    return *this;
  }
  // An info alone, at whatever offset.
  GgufBuilder& info(std::string_view name, const std::vector<uint64_t>& dims, uint32_t type,
                    uint64_t offset) {
    infos_ += gguf_string(name) + little_endian(static_cast<uint32_t>(dims.size()));
    for (size_t i = dims.size(); i-- > 0;) infos_ += little_endian(dims[i]);
    infos_ += little_endian(type) + little_endian(offset);
    ++num_tensors_;
    return *this;
  }

  std::string bytes() const {
    std::string out = "GGUF" + little_endian(version) +
                      little_endian(num_tensors_ + extra_tensors) +
                      little_endian(num_keys_ + extra_keys) + metadata_ + infos_;
    out.resize((out.size() + alignment - 1) / alignment * alignment, '\0');
    return out + data_;
  }

 private:
  static std::string array_head(GgufType type, size_t count) {
    return little_endian(static_cast<uint32_t>(type)) + little_endian(uint64_t{count});
  }

  std::string metadata_;
  std::string infos_;
  std::string data_;
  uint64_t num_keys_ = 0;
  uint64_t num_tensors_ = 0;
};

}  // namespace lathe::testing
