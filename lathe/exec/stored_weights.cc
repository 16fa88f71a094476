// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/stored_weights.h"

#include <cstring>
#include <set>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/safetensors.h"
#include "lathe/exec/load_weight.h"

namespace lathe::exec {

namespace {

std::string stored_name(const ops::WeightSource& source, const ops::WeightFormatDesc& format,
                        ops::WeightPart part) {
  const std::string coding =
      format.is_plain() ? std::string(to_string(format.code_dtype)) : format.name;
  return cat(source.tensor, source.transposed ? ".transposed" : "", "#", coding, ".",
             to_string(part));
}

// The weight as if one of its sources were all of it.
engine::PlanWeight only_source(engine::PlanWeight weight, size_t source, ops::WeightPart part) {
  weight.sources = {weight.sources[source]};
  weight.source_rows = {weight.source_rows[source]};
  weight.shape[0] = weight.source_rows[0];
  weight.layout.clear();
  weight.target = -1;
  weight.part = part;
  return weight;
}

class StoredFile {
 public:
  explicit StoredFile(const std::filesystem::path& path)
      : file_(MappedFile::open(path)), source_(path.string()) {
    for (SafetensorsTensor& tensor : read_safetensors(file_->bytes(), source_).tensors) {
      std::string name = tensor.name;
      tensors_.emplace(std::move(name), std::move(tensor));
    }
  }

  // Rows of one part, in memory of their own.
  Tensor rows(const engine::PlanWeight& weight, size_t source, ops::WeightPart part,
              quant::RowRange range) const {
    const engine::PlanWeight whole = only_source(weight, source, part);
    LoadedType type = loaded_type(whole);
    const std::string name = stored_name(whole.sources[0], whole.format, part);
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      fail(ErrorCode::kCorrupt, source_, ": tensor ", quote(name, 200), " is missing");
    }
    const int64_t row_bytes = row_bytes_of(type);
    const std::span<const std::byte> bytes = found->second.bytes;
    if (static_cast<int64_t>(bytes.size()) != row_bytes * type.sizes[0]) {
      fail(ErrorCode::kCorrupt, source_, ": tensor ", quote(name, 200), ": expected ",
           row_bytes * type.sizes[0], " bytes, got ", bytes.size());
    }
    type.sizes[0] = range.size();
    Tensor out(type.dtype, type.sizes);
    std::memcpy(out.data(), bytes.data() + range.begin * row_bytes,
                static_cast<size_t>(range.size() * row_bytes));
    return out;
  }

 private:
  static int64_t row_bytes_of(const LoadedType& type) {
    int64_t elements = 1;
    for (size_t i = 1; i < type.sizes.size(); ++i) elements *= type.sizes[i];
    return bytes_for(type.dtype, elements);
  }

  std::shared_ptr<const MappedFile> file_;
  std::string source_;
  std::map<std::string, SafetensorsTensor, std::less<>> tensors_;
};

}  // namespace

std::vector<StoredTensor> stored_tensors(const engine::Plan& plan) {
  std::vector<StoredTensor> out;
  std::set<std::string> known;
  for (const engine::PlanWeight& weight : plan.weights) {
    if (!weight.layout.empty()) continue;
    for (size_t i = 0; i < weight.sources.size(); ++i) {
      StoredTensor tensor{.name = stored_name(weight.sources[i], weight.format, weight.part),
                          .weight = only_source(weight, i, weight.part),
                          .sizes = {}};
      if (!known.insert(tensor.name).second) continue;
      LoadedType type = loaded_type(tensor.weight);
      tensor.dtype = type.dtype;
      tensor.sizes = std::move(type.sizes);
      out.push_back(std::move(tensor));
    }
  }
  return out;
}

RowReader stored_rows(const std::filesystem::path& file) {
  const auto stored = std::make_shared<const StoredFile>(file);
  return [stored](const engine::PlanWeight& weight, size_t source, quant::RowRange rows) {
    ops::CanonicalTensor out{.format = weight.format, .values = {}, .scales = {}, .minimums = {}};
    out.values = stored->rows(weight, source, ops::WeightPart::kValues, rows);
    if (weight.format.is_plain()) return out;
    out.scales = stored->rows(weight, source, ops::WeightPart::kScales, rows);
    if (weight.format.has_minimums) {
      out.minimums = stored->rows(weight, source, ops::WeightPart::kMinimums, rows);
    }
    return out;
  };
}

}  // namespace lathe::exec
