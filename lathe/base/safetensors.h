// SPDX-License-Identifier: Apache-2.0
// The safetensors container: eight bytes with the header's size, a JSON header, then the tensors'
// bytes back to back.
//
//   auto file = MappedFile::open(path);
//   Safetensors tensors = read_safetensors(file->bytes(), path.filename().string());
//
// Reading touches the header alone. Everything in it is checked: sizes, ranges, overlaps, holes,
// shapes against ranges, names given twice. https://github.com/huggingface/safetensors#format
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

inline constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;

struct SafetensorsTensor {
  std::string name;
  std::string dtype;                 // as the file spells it: "F32", "BF16", "F8_E4M3", …
  std::vector<int64_t> shape;        // row-major
  std::span<const std::byte> bytes;  // borrowed from the file; not necessarily aligned
};

struct Safetensors {
  std::vector<SafetensorsTensor> tensors;  // in the order of their bytes
  std::map<std::string, std::string, std::less<>> metadata;
};

// `source` names the file in messages. Throws kCorrupt where the bytes break the format, and
// kUnsupported for a dtype that is not of the format.
Safetensors read_safetensors(std::span<const std::byte> file, std::string_view source);

// Bits an element of a safetensors dtype, 0 where there is no such dtype.
int safetensors_bits(std::string_view dtype);

}  // namespace lathe
