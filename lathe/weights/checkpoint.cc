// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/checkpoint.h"

#include <algorithm>
#include <fstream>

#include "lathe/base/error.h"
#include "lathe/base/hash.h"
#include "lathe/weights/gguf_checkpoint.h"
#include "lathe/weights/hf_checkpoint.h"

namespace lathe::weights {
namespace {

bool starts_with_gguf_magic(const std::filesystem::path& path) {
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return std::string_view(magic, sizeof(magic)) == "GGUF";
}

}  // namespace

std::string_view to_string(RowOrder order) {
  static constexpr std::string_view kNames[] = {"plain", "gguf_rope_interleaved", "transposed"};
  return kNames[static_cast<size_t>(order)];
}

const TensorInfo* CheckpointReader::find(std::string_view name) const {
  const std::vector<TensorInfo>& all = tensors();
  const auto found = std::ranges::lower_bound(
      all, name, {}, [](const TensorInfo& info) { return std::string_view(info.name); });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

const TensorInfo& CheckpointReader::tensor(std::string_view name) const {
  if (const TensorInfo* info = find(name)) return *info;
  std::vector<std::string> names;
  for (const TensorInfo& info : tensors()) names.push_back(info.name);
  const std::string_view near = nearest_name(name, names);
  fail(ErrorCode::kNotFound, source(), ": no tensor ", quote(name, 200),
       near.empty() ? std::string() : cat("; the nearest name is ", quote(near, 200)));
}

std::string CheckpointReader::fingerprint() const {
  Hasher hasher;
  for (const TensorInfo& info : tensors()) {
    hasher.add(info.name).add(info.storage).add(uint64_t{info.shape.size()});
    for (const int64_t dim : info.shape) hasher.add(static_cast<uint64_t>(dim));
  }
  return hex64(hasher.digest());
}

std::shared_ptr<const CheckpointReader> open_checkpoint(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    fail(ErrorCode::kNotFound, path.string(), ": ",
         error ? error.message() : "no such file or directory");
  }
  if (std::filesystem::is_directory(status)) return open_hf_checkpoint(path);
  if (std::filesystem::is_regular_file(status)) {
    if (starts_with_gguf_magic(path)) return open_gguf_checkpoint(path);
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const bool part = path.filename() == "config.json" || path.extension() == ".safetensors";
    if (part && std::filesystem::exists(folder / "config.json", error)) {
      return open_hf_checkpoint(folder);
    }
  }
  fail(ErrorCode::kCorrupt, path.string(),
       ": not a checkpoint: expected a Hugging Face folder (config.json and safetensors) or a "
       "GGUF file");
}

}  // namespace lathe::weights
