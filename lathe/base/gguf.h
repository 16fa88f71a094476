// SPDX-License-Identifier: Apache-2.0
// The GGUF container, versions 2 and 3, little-endian: typed metadata, tensor infos, tensor bytes.
//
//   auto file = MappedFile::open(path);
//   Gguf gguf = read_gguf(file->bytes(), path.filename().string());
//   gguf.at("llama.block_count").as_integer();
//
// Reading walks the header once and checks all of it: counts, lengths, types, ranges, overlaps,
// alignment, names given twice. Arrays stay where they are in the file until somebody asks.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/ggml_type.h"
#include "lathe/base/json.h"

namespace lathe {

// The values are those of the file.
enum class GgufType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};
std::string_view to_string(GgufType type);  // "uint32", "string", …

// One metadata value; borrows the file's bytes. Typed reads throw kCorrupt "expected …, got …".
struct GgufValue {
  GgufType type = GgufType::kUint8;  // of the elements, where this is an array
  bool is_array = false;
  uint64_t count = 1;                // elements; 1 for a scalar
  std::span<const std::byte> bytes;  // as they lie in the file; strings with their lengths

  int64_t as_integer() const;
  double as_number() const;  // float32 as its shortest decimal: 1e-05, not 9.99…e-06
  bool as_bool() const;
  std::string_view as_string() const;
  Json to_json() const;  // an array becomes a JSON array, all elements at once
};

struct GgufTensor {
  std::string name;
  const GgmlType* type = nullptr;
  std::vector<int64_t> shape;  // row-major: the file's dims, reversed
  std::span<const std::byte> bytes;
};

struct Gguf {
  uint32_t version = 0;
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::vector<GgufTensor> tensors;  // in the file's order

  const GgufValue* find(std::string_view key) const;  // null where absent
  const GgufValue& at(std::string_view key) const;    // throws kCorrupt where absent
};

// `source` names the file in messages. The result borrows `file`. Throws kCorrupt where the bytes
// break the format, kUnsupported for other versions, big-endian files and unknown tensor types.
Gguf read_gguf(std::span<const std::byte> file, std::string_view source);

}  // namespace lathe
