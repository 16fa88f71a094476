// SPDX-License-Identifier: Apache-2.0
#include "tests/model/golden.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/safetensors.h"

namespace lathe::testing {

namespace {

Tensor copy_of(const SafetensorsTensor& stored) {
  LATHE_CHECK(stored.dtype == "F32" || stored.dtype == "I32", "a golden's dtype", stored.dtype);
  Tensor tensor(stored.dtype == "F32" ? DType::kF32 : DType::kI32, stored.shape);
  std::memcpy(tensor.data(), stored.bytes.data(), stored.bytes.size());
  return tensor;
}

}  // namespace

std::filesystem::path checkpoint_folder(std::string_view name) {
  return std::filesystem::path(LATHE_SOURCE_DIR) / "tests/data/checkpoints" / name;
}

std::vector<std::string> checkpoint_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(checkpoint_folder(""))) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::map<std::string, Tensor, std::less<>> read_tensors(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  std::map<std::string, Tensor, std::less<>> out;
  for (const SafetensorsTensor& tensor : read_safetensors(file->bytes(), path.string()).tensors) {
    out.emplace(tensor.name, copy_of(tensor));
  }
  return out;
}

Golden read_golden(std::string_view checkpoint) {
  return read_golden_file(checkpoint_folder(checkpoint) / "golden.safetensors");
}

Golden read_golden_file(const std::filesystem::path& path) {
  Golden golden;
  golden.intermediates = read_tensors(path);
  for (int i = 0;; ++i) {
    const auto ids = golden.intermediates.extract(cat("token_ids.", i));
    const auto logits = golden.intermediates.extract(cat("logits.", i));
    if (ids.empty() || logits.empty()) break;
    const std::span<const int32_t> values = ids.mapped().values<int32_t>();
    golden.prompts.emplace_back(values.begin(), values.end());
    golden.logits.push_back(logits.mapped());
  }
  LATHE_CHECK(!golden.prompts.empty(), "a golden without prompts", path.string());
  return golden;
}

double relative_error(const Tensor& actual, const Tensor& expected) {
  if (actual.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
  const std::span<const float> got = actual.values<float>();
  const std::span<const float> wanted = expected.values<float>();
  const auto [least, greatest] = std::ranges::minmax(wanted);
  double error = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (!std::isfinite(got[i])) return std::numeric_limits<double>::infinity();
    error = std::max(error, std::abs(static_cast<double>(got[i]) - static_cast<double>(wanted[i])));
  }
  return error / (static_cast<double>(greatest) - static_cast<double>(least));
}

}  // namespace lathe::testing
