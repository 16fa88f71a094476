// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/weights/cuda_fill.h"

#include <algorithm>
#include <array>

#include "lathe/kernels/mma_layout.h"

namespace lathe::kernels {
namespace {

constexpr uint32_t kThreads = 256;
constexpr int64_t kMaxBlocks = 4096;

// As in the device source.
struct Parameters {
  const void* values;
  const void* scales;
  const void* minimums;
  void* out;
  int64_t first_row, rows;        // of the slice
  int64_t target_rows, columns;   // of the weight
  int64_t block_columns;          // of coded rows
  uint64_t seed, stream, index;   // of drawn rows
  float mean, deviation, offset;  // offset: of codes
};

// Work items of a slice of rows, and the name that a layout has in codes.
struct Place {
  std::string_view layout;
  std::string_view name;
  int64_t (*items)(int64_t rows, int64_t columns);
};

int64_t items_of_rows(int64_t rows, int64_t columns) { return rows * columns; }
int64_t items_of_mma(int64_t rows, int64_t columns) {
  return (rows + 7) / 8 * mma_shape(1, columns).steps * 4 * 32;
}

constexpr std::array<Place, 3> kPlaces = {{{"", "rows", items_of_rows},
                                           {"mma", "mma", items_of_mma},
                                           {"mma.gated", "mma.gated", items_of_mma}}};

const Place* find_place(std::string_view layout) {
  const auto* found = std::find_if(kPlaces.begin(), kPlaces.end(),
                                   [&](const Place& place) { return place.layout == layout; });
  return found == kPlaces.end() ? nullptr : found;
}

const Place& place_of(std::string_view layout) {
  const Place* found = find_place(layout);
  if (found == nullptr) fail(ErrorCode::kUnsupported, "layout ", quote(layout), " is no GPU's");
  return *found;
}

struct Entry {
  DType values;
  bool coded;
  std::string_view name;
};
constexpr std::array<Entry, 5> kEntries = {{{DType::kF32, false, "fill_f32"},
                                            {DType::kF16, false, "fill_f16"},
                                            {DType::kBf16, false, "fill_bf16"},
                                            {DType::kI8, true, "fill_i8"},
                                            {DType::kU4, true, "fill_u4"}}};

const Entry* entry_for(const ops::WeightFormatDesc& format) {
  const auto* found = std::find_if(kEntries.begin(), kEntries.end(), [&](const Entry& entry) {
    return entry.values == format.code_dtype && entry.coded != format.is_plain();
  });
  const bool scales = format.is_plain() || format.scale_dtype == DType::kF16;
  return found == kEntries.end() || !scales ? nullptr : found;
}

Launch launch(std::string_view entry, const FillTarget& to, const Parameters& parameters) {
  const int64_t items = place_of(to.layout).items(parameters.rows, to.columns);
  LATHE_CHECK(items > 0, "no rows to fill");
  const int64_t blocks = std::min(kMaxBlocks, (items + kThreads - 1) / kThreads);
  return {.entry = entry,
          .config = {.grid = {static_cast<uint32_t>(blocks)}, .block = {kThreads}},
          .parameter = LaunchParameter::of(parameters)};
}

}  // namespace

bool can_fill(std::string_view layout, DType dtype) {
  const bool is_half = dtype == DType::kBf16 || dtype == DType::kF16;
  return find_place(layout) != nullptr && (is_half || (layout.empty() && dtype == DType::kF32));
}

std::string fill_code(std::string_view layout, DType dtype) {
  if (!can_fill(layout, dtype)) {
    fail(ErrorCode::kUnsupported, "no GPU has weights of ", to_string(dtype), " in the layout ",
         quote(layout));
  }
  return cat("fill.", place_of(layout).name, ".", to_string(dtype));
}

bool can_fill_from(const ops::WeightFormatDesc& format) { return entry_for(format) != nullptr; }

Launch fill_launch(const FillTarget& to, const DeviceRows& rows) {
  const Entry* entry = entry_for(rows.format);
  LATHE_CHECK(entry != nullptr, "no entry for rows in format", rows.format.name);
  return launch(entry->name, to,
                {.values = rows.values,
                 .scales = rows.scales,
                 .minimums = rows.format.has_minimums ? rows.minimums : nullptr,
                 .out = to.out,
                 .first_row = rows.first_row,
                 .rows = rows.rows,
                 .target_rows = to.rows,
                 .columns = to.columns,
                 .block_columns = rows.format.block_cols,
                 .seed = 0,
                 .stream = 0,
                 .index = 0,
                 .mean = 0,
                 .deviation = 0,
                 .offset = static_cast<float>(rows.format.code_offset)});
}

Launch draw_launch(const FillTarget& to, const DrawnRows& rows) {
  return launch("fill_drawn", to,
                {.values = nullptr,
                 .scales = nullptr,
                 .minimums = nullptr,
                 .out = to.out,
                 .first_row = rows.first_row,
                 .rows = rows.rows,
                 .target_rows = to.rows,
                 .columns = to.columns,
                 .block_columns = 1,
                 .seed = rows.seed,
                 .stream = rows.stream,
                 .index = rows.first_index,
                 .mean = rows.mean,
                 .deviation = rows.deviation,
                 .offset = 0});
}

}  // namespace lathe::kernels
