// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/load_weight.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "lathe/exec/memory.h"
#include "lathe/kernels/kernel.h"
#include "lathe/quant/coding.h"

namespace lathe::exec {

namespace {

constexpr int64_t kSliceBytes = 1 << 20;

const Tensor& part_of(const ops::CanonicalTensor& rows, ops::WeightPart part) {
  switch (part) {
    case ops::WeightPart::kValues:
      return rows.values;
    case ops::WeightPart::kScales:
      return rows.scales;
    case ops::WeightPart::kMinimums:
      return rows.minimums;
  }
  return rows.values;
}

// Where one source's rows end inside a group of packed rows, the slices do not fit the layout: the
// whole weight is read first.
bool slices_fit(const std::vector<WeightSlice>& slices, int64_t row_multiple) {
  return std::all_of(slices.begin(), slices.end(),
                     [&](const WeightSlice& slice) { return slice.first_row % row_multiple == 0; });
}

void load_canonical(const engine::PlanWeight& weight, const RowReader& read, ThreadPool& pool,
                    const Tensor& out) {
  const int64_t row_bytes = weight.shape[0] == 0 ? 0 : out.num_bytes() / weight.shape[0];
  const std::vector<WeightSlice> slices = cut_rows(weight, 1, kSliceBytes);
  pool.run(slices.size(), [&](size_t i) {
    const WeightSlice& slice = slices[i];
    const ops::CanonicalTensor rows =
        quant::in_format(read(weight, slice.source, slice.rows), weight.format);
    const Tensor& part = part_of(rows, weight.part);
    LATHE_CHECK(part.num_bytes() == row_bytes * slice.rows.size(), "rows of another size",
                weight.name);
    std::memcpy(static_cast<std::byte*>(out.data()) + slice.first_row * row_bytes, part.data(),
                static_cast<size_t>(part.num_bytes()));
  });
}

Tensor load_part(engine::PlanWeight weight, ops::WeightPart part, const RowReader& read,
                 ThreadPool& pool) {
  weight.part = part;
  weight.layout.clear();
  const LoadedType type = loaded_type(weight);
  Tensor out = lazy_zeros(type.dtype, type.sizes, Pages::kSmall, weight.name);
  load_canonical(weight, read, pool, out);
  return out;
}

ops::CanonicalTensor load_all_parts(const engine::PlanWeight& weight, const RowReader& read,
                                    ThreadPool& pool) {
  ops::CanonicalTensor whole;
  whole.format = weight.format;
  whole.values = load_part(weight, ops::WeightPart::kValues, read, pool);
  if (weight.format.is_plain()) return whole;
  whole.scales = load_part(weight, ops::WeightPart::kScales, read, pool);
  if (weight.format.has_minimums) {
    whole.minimums = load_part(weight, ops::WeightPart::kMinimums, read, pool);
  }
  return whole;
}

void load_packed(const engine::PlanWeight& weight, const RowReader& read, ThreadPool& pool,
                 const Tensor& out) {
  const kernels::Layout& layout = *kernels::find_layout(weight.layout);
  const int64_t rows = weight.shape[0];
  auto* bytes = static_cast<std::byte*>(out.data());
  const std::vector<WeightSlice> slices = cut_rows(weight, layout.row_multiple, kSliceBytes);
  if (!slices_fit(slices, layout.row_multiple)) {
    layout.pack(load_all_parts(weight, read, pool), 0, rows, bytes);
    return;
  }
  pool.run(slices.size(), [&](size_t i) {
    const WeightSlice& slice = slices[i];
    layout.pack(quant::in_format(read(weight, slice.source, slice.rows), weight.format),
                slice.first_row, rows, bytes);
  });
}

}  // namespace

int64_t row_elements(const engine::PlanWeight& weight) {
  return std::accumulate(weight.shape.begin() + 1, weight.shape.end(), int64_t{1},
                         std::multiplies<>());
}

std::vector<WeightSlice> cut_rows(const engine::PlanWeight& weight, int64_t row_multiple,
                                  int64_t slice_bytes) {
  const int64_t row_bytes = std::max<int64_t>(1, row_elements(weight) * 4);
  const int64_t wanted = std::max<int64_t>(1, slice_bytes / row_bytes);
  const int64_t step = (wanted + row_multiple - 1) / row_multiple * row_multiple;
  std::vector<WeightSlice> out;
  int64_t first = 0;
  for (size_t source = 0; source < weight.sources.size(); ++source) {
    const int64_t rows = weight.source_rows[source];
    for (int64_t begin = 0; begin < rows; begin += step) {
      out.push_back({source, {begin, std::min(begin + step, rows)}, first + begin});
    }
    first += rows;
  }
  return out;
}

LoadedType loaded_type(const engine::PlanWeight& weight) {
  if (!weight.layout.empty()) {
    const kernels::Layout& layout = *kernels::find_layout(weight.layout);
    return {DType::kU8,
            {layout.packed_bytes(weight.format, weight.shape[0], row_elements(weight))}};
  }
  if (weight.part == ops::WeightPart::kValues) return {weight.format.code_dtype, weight.shape};
  std::vector<int64_t> sizes = weight.shape;
  sizes.back() /= weight.format.block_cols;
  return {weight.format.scale_dtype, std::move(sizes)};
}

int64_t loaded_bytes(const LoadedType& type) {
  return bytes_for(type.dtype, std::accumulate(type.sizes.begin(), type.sizes.end(), int64_t{1},
                                               std::multiplies<>()));
}

void load_weight(const engine::PlanWeight& weight, const RowReader& rows, ThreadPool& pool,
                 const Tensor& out) {
  with_context(cat("weight ", quote(weight.name)), [&] {
    if (weight.layout.empty()) {
      load_canonical(weight, rows, pool, out);
    } else {
      load_packed(weight, rows, pool, out);
    }
  });
}

}  // namespace lathe::exec
