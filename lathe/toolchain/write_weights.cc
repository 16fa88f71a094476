// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/write_weights.h"

#include <fstream>

#include "lathe/base/error.h"
#include "lathe/base/json.h"
#include "lathe/exec/load_weight.h"
#include "lathe/exec/stored_weights.h"

namespace lathe::toolchain {

namespace {

using exec::StoredTensor;

std::string_view container_dtype(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "F32";
    case DType::kF16:
      return "F16";
    case DType::kBf16:
      return "BF16";
    case DType::kI8:
      return "I8";
    default:
      return "U8";
  }
}

int64_t bytes_of(const StoredTensor& tensor) {
  int64_t elements = 1;
  for (const int64_t size : tensor.sizes) elements *= size;
  return bytes_for(tensor.dtype, elements);
}

std::string header_of(const std::vector<StoredTensor>& tensors) {
  Json header = Json::object();
  int64_t begin = 0;
  for (const StoredTensor& tensor : tensors) {
    std::vector<int64_t> shape = tensor.sizes;
    if (tensor.dtype == DType::kU4) shape.back() /= 2;
    Json entry = Json::object();
    entry["dtype"] = container_dtype(tensor.dtype);
    entry["shape"] = lathe::to_json(shape);
    entry["data_offsets"] = lathe::to_json(std::vector<int64_t>{begin, begin + bytes_of(tensor)});
    header[tensor.name] = std::move(entry);
    begin += bytes_of(tensor);
  }
  std::string text = header.dump();
  text.resize((text.size() + 63) / 64 * 64, ' ');
  return text;
}

}  // namespace

void write_weights(const std::filesystem::path& file, const engine::Plan& plan,
                   const exec::RowReader& rows) {
  const std::vector<StoredTensor> tensors = exec::stored_tensors(plan);
  std::ofstream out(file, std::ios::binary);
  const std::string header = header_of(tensors);
  const uint64_t size = header.size();
  out.write(reinterpret_cast<const char*>(&size), sizeof(size));
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  ThreadPool pool;
  for (const StoredTensor& tensor : tensors) {
    const Tensor values(tensor.dtype, tensor.sizes);
    exec::load_weight(tensor.weight, rows, pool, values);
    out.write(static_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.num_bytes()));
  }
  out.close();
  if (!out) fail(ErrorCode::kResourceExhausted, file.string(), ": cannot be written whole");
}

}  // namespace lathe::toolchain
