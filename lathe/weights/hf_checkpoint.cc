// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/hf_checkpoint.h"

#include <algorithm>
#include <cctype>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/log.h"
#include "lathe/weights/gpt2_layout.h"
#include "lathe/weights/hf_index.h"

namespace lathe::weights {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxConfigBytes = 16 << 20;
constexpr size_t kMaxIndexBytes = 64 << 20;
constexpr size_t kMaxTokenizerBytes = 256 << 20;
constexpr char kIndexName[] = "model.safetensors.index.json";

constexpr std::string_view kTokenizerFiles[] = {"tokenizer.json",
                                                "tokenizer_config.json",
                                                "special_tokens_map.json",
                                                "tokenizer.model",
                                                "added_tokens.json",
                                                "vocab.json",
                                                "merges.txt",
                                                "vocab.txt",
                                                "chat_template.jinja",
                                                "chat_template.json"};

Json read_json_object(const fs::path& path) {
  const std::string name = path.filename().string();
  Json json = Json::parse(read_file(path, kMaxConfigBytes), name);
  if (!json.is_object()) {
    fail(ErrorCode::kCorrupt, name, ": expected an object, got ", to_string(json.kind()));
  }
  return json;
}

bool present(const fs::path& path) {
  std::error_code error;  // a link that leads in a circle is not there
  return fs::exists(path, error);
}

// Names what the folder has instead of weights that we read.
[[noreturn]] void fail_without_weights(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".bin") || name.ends_with(".pt") || name.ends_with(".pth")) {
      fail(ErrorCode::kUnsupported, "no safetensors, but ", quote(name),
           ": pickled weights can run code and are not read; convert them to safetensors");
    }
    if (name.ends_with(".gguf")) {
      fail(ErrorCode::kCorrupt,
           "no safetensors; name the GGUF file itself: ", entry.path().string());
    }
  }
  fail(ErrorCode::kNotFound, "no weights: neither model.safetensors nor ", kIndexName);
}

class HfCheckpoint : public CheckpointReader {
 public:
  explicit HfCheckpoint(const fs::path& folder) : folder_(folder), source_(folder.string()) {
    if (!present(folder / "config.json")) {
      fail(ErrorCode::kCorrupt, "not a checkpoint: the folder has no config.json");
    }
    config_ = read_json_object(folder / "config.json");
    if (present(folder / "generation_config.json")) {
      generation_config_ = read_json_object(folder / "generation_config.json");
    }
    open_shards();
    list_tensors();
  }

  const std::string& source() const override { return source_; }
  const Json& config() const override { return config_; }
  const Json& generation_config() const override { return generation_config_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }

  std::span<const std::byte> bytes(std::string_view name) const override {
    return place_of(name).tensor->bytes;
  }
  void drop(std::string_view name) const override {
    const PlacedTensor& place = place_of(name);
    files_[place.shard]->drop(place.tensor->bytes);
  }
  TokenizerFiles tokenizer_files() const override {
    TokenizerFiles out;
    for (const std::string_view name : kTokenizerFiles) {
      const fs::path path = folder_ / name;
      if (fs::is_regular_file(path)) {
        out.files.emplace(name, read_file(path, kMaxTokenizerBytes));
      }
    }
    return out;
  }

 private:
  void open_shards() {
    if (present(folder_ / kIndexName)) {
      const HfIndex index =
          parse_hf_index(read_file(folder_ / kIndexName, kMaxIndexBytes), kIndexName);
      for (const std::string& file : index.files()) open_shard(file, kIndexName);
      place(&index);
    } else if (present(folder_ / "model.safetensors")) {
      open_shard("model.safetensors", {});
      place(nullptr);
    } else {
      fail_without_weights(folder_);
    }
  }

  void open_shard(const std::string& file, std::string_view named_by) {
    const fs::path path = folder_ / file;
    if (!present(path)) {
      fail(ErrorCode::kNotFound, file, " is missing; ", named_by, " names it");
    }
    files_.push_back(MappedFile::open(path));
    shards_.push_back(
        HfShard{.file = file, .contents = read_safetensors(files_.back()->bytes(), file)});
  }

  void place(const HfIndex* index) {
    HfPlaces places = place_tensors(shards_, index);
    if (places.left_out > 0) {
      log(LogLevel::kWarn, cat("checkpoint tensors left out source=", quote(source_, 200),
                               " count=", places.left_out, " reason=not in the index"));
    }
    places_ = std::move(places.tensors);
  }

  void list_tensors() {
    for (const auto& [name, place] : places_) {
      tensors_.push_back(TensorInfo{.name = name,
                                    .storage = storage_of_safetensors(place.tensor->dtype),
                                    .shape = place.tensor->shape,
                                    .num_bytes = static_cast<int64_t>(place.tensor->bytes.size())});
    }
    if (is_gpt2(config_)) mark_conv1d(tensors_);
  }

  const PlacedTensor& place_of(std::string_view name) const {
    return places_.find(tensor(name).name)->second;
  }

  fs::path folder_;
  std::string source_;
  Json config_;
  Json generation_config_ = Json::object();
  std::vector<std::shared_ptr<const MappedFile>> files_;  // beside shards_
  std::vector<HfShard> shards_;
  std::map<std::string, PlacedTensor, std::less<>> places_;
  std::vector<TensorInfo> tensors_;
};

}  // namespace

std::string storage_of_safetensors(std::string_view dtype) {
  std::string out;
  for (const char c : dtype) {
    if (c != '_') out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

std::shared_ptr<const CheckpointReader> open_hf_checkpoint(const fs::path& folder) {
  return with_context(folder.string(),
                      [&] { return std::make_shared<const HfCheckpoint>(folder); });
}

}  // namespace lathe::weights
