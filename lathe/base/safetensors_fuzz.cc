// SPDX-License-Identifier: Apache-2.0
// What reads must lie inside the file, without gaps, and have the size of its shape.
#include "lathe/base/safetensors.h"

#include "tests/support/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lathe::testing::must_hold;
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  lathe::Safetensors read;
  try {
    read = lathe::read_safetensors(file, "fuzz");
  } catch (const lathe::Error& error) {
    lathe::testing::must_be_promised(error,
                                     {lathe::ErrorCode::kCorrupt, lathe::ErrorCode::kUnsupported});
    return 0;
  }
  size_t total = 0;
  for (const lathe::SafetensorsTensor& tensor : read.tensors) {
    int64_t bits = lathe::safetensors_bits(tensor.dtype);
    for (const int64_t dim : tensor.shape) bits *= dim;
    must_hold(static_cast<size_t>(bits / 8) == tensor.bytes.size(), "a size", tensor.name);
    const bool inside = tensor.bytes.empty() || (tensor.bytes.data() >= file.data() &&
                                                 &tensor.bytes.back() <= &file.back());
    must_hold(inside, "bytes inside the file", tensor.name);
    total += tensor.bytes.size();
  }
  must_hold(total + sizeof(uint64_t) <= size, "no more bytes than the file has");
  return 0;
}
