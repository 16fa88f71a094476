// SPDX-License-Identifier: Apache-2.0
// What reads must lie inside the file, without gaps, and have the size of its shape.
#include "lathe/base/safetensors.h"

#include "lathe/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  lathe::Safetensors read;
  try {
    read = lathe::read_safetensors(file, "fuzz");
  } catch (const lathe::Error& error) {
    LATHE_CHECK(error.code() == lathe::ErrorCode::kCorrupt ||
                    error.code() == lathe::ErrorCode::kUnsupported,
                "another error", error.message());
    return 0;
  }
  size_t total = 0;
  for (const lathe::SafetensorsTensor& tensor : read.tensors) {
    int64_t bits = lathe::safetensors_bits(tensor.dtype);
    for (const int64_t dim : tensor.shape) bits *= dim;
    LATHE_CHECK(static_cast<size_t>(bits / 8) == tensor.bytes.size(), "a size", tensor.name);
    const bool inside = tensor.bytes.empty() || (tensor.bytes.data() >= file.data() &&
                                                 &tensor.bytes.back() <= &file.back());
    LATHE_CHECK(inside, "bytes outside the file", tensor.name);
    total += tensor.bytes.size();
  }
  LATHE_CHECK(total + sizeof(uint64_t) <= size, "more tensor bytes than the file has");
  return 0;
}
