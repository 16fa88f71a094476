// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/gguf_checkpoint.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/weights/gguf_config.h"
#include "lathe/weights/gguf_family.h"
#include "lathe/weights/gguf_tokenizer.h"

namespace lathe::weights {
namespace {

constexpr std::string_view kStorages[] = {"f32", "f16", "bf16", "q8_0", "q4_0", "q4_1"};
constexpr std::string_view kRopeFactors = "rope_freqs.weight";  // part of the configuration

// One message for the whole file: each type that is not read, with how many tensors have it.
void check_types(const Gguf& gguf) {
  std::map<std::string_view, std::vector<std::string_view>> refused;
  for (const GgufTensor& tensor : gguf.tensors) {
    if (std::ranges::find(kStorages, tensor.type->name) == std::end(kStorages)) {
      refused[tensor.type->name].push_back(tensor.name);
    }
  }
  if (refused.empty()) return;
  std::string list;
  for (const auto& [type, names] : refused) {
    list += cat(list.empty() ? "" : "; ", type, ": ", quote(names.front(), 200));
    if (names.size() > 1) list += cat(" and ", names.size() - 1, " more");
  }
  fail(ErrorCode::kUnsupported,
       "tensors of ggml types that are not read (f32, f16, bf16, q8_0, q4_0, q4_1 are): ", list);
}

void check_single_file(const Gguf& gguf) {
  const GgufValue* count = gguf.find("split.count");
  if (count == nullptr) return;
  const int64_t files = with_context("split.count", [&] { return count->as_integer(); });
  if (files > 1) {
    fail(ErrorCode::kUnsupported, "part of a model split into ", files,
         " GGUF files; merge them first (llama-gguf-split --merge)");
  }
}

// Marks a projection whose rows were regrouped. Heads have to divide its rows into pairs.
void mark_rope_rows(const Gguf& gguf, const GgufFamily& family, const GgufTensor& tensor,
                    TensorInfo& info) {
  const char projection = family.regroups_rope_rows ? rope_projection(tensor.name) : '\0';
  if (projection == '\0') return;
  info.row_order = RowOrder::kGgufRopeInterleaved;
  info.rope_heads = gguf_head_count(gguf, family.architecture,
                                    projection == 'q' ? HeadKind::kQuery : HeadKind::kKeyValue);
  const int64_t rows = info.shape.empty() ? 0 : info.shape[0];
  if (rows % (2 * info.rope_heads) != 0) {
    fail(ErrorCode::kCorrupt, "tensor ", quote(tensor.name), ": ", rows,
         " rows do not divide into pairs of ", info.rope_heads, " heads");
  }
}

void sort_by_name(GgufTranslation& translation) {
  std::vector<size_t> order(translation.tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {},
                    [&](size_t i) { return std::string_view(translation.tensors[i].name); });
  std::vector<TensorInfo> tensors;
  std::vector<size_t> places;
  for (const size_t i : order) {
    if (!tensors.empty() && tensors.back().name == translation.tensors[i].name) {
      fail(ErrorCode::kCorrupt, "two tensors are ", quote(tensors.back().name, 200));
    }
    tensors.push_back(std::move(translation.tensors[i]));
    places.push_back(translation.places[i]);
  }
  translation.tensors = std::move(tensors);
  translation.places = std::move(places);
}

class GgufCheckpoint : public CheckpointReader {
 public:
  explicit GgufCheckpoint(const std::filesystem::path& path)
      : source_(path.string()),
        file_(MappedFile::open(path)),
        gguf_(read_gguf(file_->bytes(), source_)),
        facts_(with_context(source_, [&] { return translate_gguf(gguf_); })) {}

  const std::string& source() const override { return source_; }
  const Json& config() const override { return facts_.config; }
  const Json& generation_config() const override { return facts_.generation_config; }
  const std::vector<TensorInfo>& tensors() const override { return facts_.tensors; }
  std::span<const std::byte> bytes(std::string_view name) const override {
    const auto index = static_cast<size_t>(&tensor(name) - facts_.tensors.data());
    return gguf_.tensors[facts_.places[index]].bytes;
  }
  void drop(std::string_view name) const override { file_->drop(bytes(name)); }
  TokenizerFiles tokenizer_files() const override {
    return with_context(source_,
                        [&] { return TokenizerFiles{.files = {}, .gguf = gguf_tokenizer(gguf_)}; });
  }

 private:
  std::string source_;
  std::shared_ptr<const MappedFile> file_;
  Gguf gguf_;
  GgufTranslation facts_;
};

}  // namespace

GgufTranslation translate_gguf(const Gguf& gguf) {
  check_single_file(gguf);
  const GgufFamily& family = family_of(gguf);
  check_types(gguf);
  GgufTranslation out;
  out.config = family.config(gguf, family);
  out.generation_config = gguf_generation_config(gguf);
  for (size_t i = 0; i < gguf.tensors.size(); ++i) {
    const GgufTensor& tensor = gguf.tensors[i];
    if (tensor.name == kRopeFactors) continue;
    TensorInfo info{.name = hf_name(*family.names, tensor.name),
                    .storage = std::string(tensor.type->name),
                    .shape = tensor.shape,
                    .num_bytes = static_cast<int64_t>(tensor.bytes.size())};
    mark_rope_rows(gguf, family, tensor, info);
    out.tensors.push_back(std::move(info));
    out.places.push_back(i);
  }
  sort_by_name(out);
  return out;
}

std::shared_ptr<const CheckpointReader> open_gguf_checkpoint(const std::filesystem::path& path) {
  return std::make_shared<const GgufCheckpoint>(path);
}

}  // namespace lathe::weights
