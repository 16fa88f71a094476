// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/stored_weights.h"

#include <cstring>
#include <fstream>
#include <numeric>

#include "lathe/base/error.h"
#include "lathe/exec/byte_table.h"
#include "lathe/quant/coding.h"

namespace lathe::exec {

namespace {

using ops::WeightPart;

constexpr int64_t kSliceBytes = 1 << 20;

// One tensor of the file: a part of one source of a weight.
struct Entry {
  const engine::PlanWeight* weight;
  size_t source;
  WeightPart part;

  const ops::WeightFormatDesc& format() const { return weight->format; }
  DType dtype() const {
    return part == WeightPart::kValues ? format().code_dtype : format().scale_dtype;
  }
  int64_t rows() const { return weight->source_rows[source]; }
  int64_t row_bytes() const {
    const int64_t elements = std::accumulate(weight->shape.begin() + 1, weight->shape.end(),
                                             int64_t{1}, std::multiplies<>());
    return bytes_for(dtype(),
                     part == WeightPart::kValues ? elements : elements / format().block_cols);
  }
  std::string key() const {
    const ops::WeightSource& from = weight->sources[source];
    return cat(from.tensor, from.transposed ? "^T" : "", "|", format().name, "|",
               to_string(dtype()), "|", to_string(part));
  }
  // Rows of bytes: what they mean is in the plan.
  ByteTensor tensor() const { return {key(), {rows(), row_bytes()}}; }
};

std::vector<WeightPart> parts_of(const ops::WeightFormatDesc& format) {
  if (format.is_plain()) return {WeightPart::kValues};
  if (!format.has_minimums) return {WeightPart::kValues, WeightPart::kScales};
  return {WeightPart::kValues, WeightPart::kScales, WeightPart::kMinimums};
}

// By key: the same source in the same format is stored once.
std::map<std::string, Entry> entries_of(std::span<const engine::Plan> plans) {
  std::map<std::string, Entry> out;
  for (const engine::Plan& plan : plans) {
    for (const engine::PlanWeight& weight : plan.weights) {
      for (size_t source = 0; source < weight.sources.size(); ++source) {
        for (const WeightPart part : parts_of(weight.format)) {
          const Entry entry{&weight, source, part};
          out.emplace(entry.key(), entry);
        }
      }
    }
  }
  return out;
}

const Tensor& part_of(const ops::CanonicalTensor& rows, WeightPart part) {
  if (part == WeightPart::kScales) return rows.scales;
  return part == WeightPart::kMinimums ? rows.minimums : rows.values;
}

void write_entry(const Entry& entry, const RowReader& read, std::ostream& out) {
  const int64_t step = std::max<int64_t>(1, kSliceBytes / std::max<int64_t>(1, entry.row_bytes()));
  for (int64_t begin = 0; begin < entry.rows(); begin += step) {
    const quant::RowRange range{begin, std::min(begin + step, entry.rows())};
    const ops::CanonicalTensor rows =
        quant::in_format(read(*entry.weight, entry.source, range), entry.format());
    const Tensor& part = part_of(rows, entry.part);
    LATHE_CHECK(part.num_bytes() == range.size() * entry.row_bytes(), "rows of another size",
                entry.key());
    out.write(static_cast<const char*>(part.data()), part.num_bytes());
  }
}

Tensor read_part(const ByteTable& stored, const Entry& entry, quant::RowRange range) {
  const std::span<const std::byte> bytes = stored.at(entry.tensor());
  std::vector<int64_t> sizes = entry.weight->shape;
  sizes[0] = range.size();
  if (entry.part != WeightPart::kValues) sizes.back() /= entry.format().block_cols;
  Tensor out(entry.dtype(), std::move(sizes));
  if (out.num_bytes() == 0) return out;
  std::memcpy(out.data(), bytes.data() + range.begin * entry.row_bytes(),
              static_cast<size_t>(out.num_bytes()));
  return out;
}

}  // namespace

void store_weights(std::span<const engine::Plan> plans, const RowReader& rows,
                   const std::filesystem::path& file) {
  const std::map<std::string, Entry> entries = entries_of(plans);
  std::ofstream out(file, std::ios::binary);
  std::vector<ByteTensor> tensors;
  for (const auto& [key, entry] : entries) tensors.push_back(entry.tensor());
  out << byte_table_header(tensors);
  for (const auto& [key, entry] : entries) {
    with_context(cat("weight ", quote(entry.weight->name, 200)),
                 [&, stored = &entry] { write_entry(*stored, rows, out); });
  }
  if (!out.flush()) fail(ErrorCode::kNotFound, file.string(), ": cannot be written");
}

RowReader stored_rows(const std::filesystem::path& file) {
  return [stored = std::make_shared<const ByteTable>(file)](const engine::PlanWeight& weight,
                                                            size_t source, quant::RowRange range) {
    ops::CanonicalTensor out{.format = weight.format, .values = {}, .scales = {}, .minimums = {}};
    out.values = read_part(*stored, {&weight, source, WeightPart::kValues}, range);
    if (weight.format.is_plain()) return out;
    out.scales = read_part(*stored, {&weight, source, WeightPart::kScales}, range);
    if (weight.format.has_minimums) {
      out.minimums = read_part(*stored, {&weight, source, WeightPart::kMinimums}, range);
    }
    return out;
  };
}

}  // namespace lathe::exec
