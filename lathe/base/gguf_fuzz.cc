// SPDX-License-Identifier: Apache-2.0
// Tensors must lie inside the file and apart; every typed read must answer or throw kCorrupt.
#include "lathe/base/gguf.h"

#include "tests/support/fuzz.h"

namespace lathe {
namespace {

using testing::must_hold;

void may_refuse(auto&& read) {
  try {
    read();
  } catch (const Error& error) {
    testing::must_be_promised(error, {ErrorCode::kCorrupt});
  }
}

void read_every_way(const Gguf& gguf) {
  for (const auto& [key, value] : gguf.metadata) {
    may_refuse([&v = value] { (void)v.as_integer(); });
    may_refuse([&v = value] { (void)v.as_number(); });
    may_refuse([&v = value] { (void)v.as_bool(); });
    may_refuse([&v = value] { (void)v.as_string(); });
    const Json json = value.to_json();
    must_hold(!value.is_array || json.as_array().size() == value.count, "every element", key);
    must_hold(&gguf.at(key) == &value, "keys are found", key);
  }
  may_refuse([&] { (void)gguf.at("no such key \x01"); });
}

void check_tensor(const GgufTensor& tensor, std::span<const std::byte> file) {
  int64_t elements = 1;
  for (const int64_t dim : tensor.shape) elements *= dim;
  const int64_t bytes = elements / tensor.type->block_elements * tensor.type->block_bytes;
  must_hold(static_cast<size_t>(bytes) == tensor.bytes.size(), "a size", tensor.name);
  const bool inside = tensor.bytes.empty() ||
                      (tensor.bytes.data() >= file.data() && &tensor.bytes.back() <= &file.back());
  must_hold(inside, "bytes inside the file", tensor.name);
}

}  // namespace
}  // namespace lathe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  try {
    const lathe::Gguf gguf = lathe::read_gguf(file, "fuzz");
    lathe::read_every_way(gguf);
    for (const lathe::GgufTensor& tensor : gguf.tensors) lathe::check_tensor(tensor, file);
  } catch (const lathe::Error& error) {
    lathe::testing::must_be_promised(error,
                                     {lathe::ErrorCode::kCorrupt, lathe::ErrorCode::kUnsupported});
  }
  return 0;
}
