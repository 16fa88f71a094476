// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/generation_batch.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

// What stands in an input of one number a sequence for those that fill a bucket up.
enum class Filler { kZero, kOne, kIndex };
struct Column {
  std::string_view input;
  Filler filler;
  int64_t extra = 0;  // numbers beyond one a sequence
};
constexpr Column kColumns[] = {{"token_ids", Filler::kZero},        {"positions", Filler::kZero},
                               {"lengths", Filler::kOne},           {"kv_lengths", Filler::kOne},
                               {"cu_q_lengths", Filler::kIndex, 1}, {"logit_rows", Filler::kIndex}};
constexpr std::string_view kTables = "block_tables";

const Column& column_of(std::string_view input) {
  const auto* found = std::ranges::find(kColumns, input, &Column::input);
  LATHE_CHECK(found != std::end(kColumns), "no input of a step", input);
  return *found;
}

int32_t filler_at(const Column& column, int64_t index) {
  if (column.filler == Filler::kIndex) return static_cast<int32_t>(index);
  return column.filler == Filler::kOne ? 1 : 0;
}

void fill_tables(const TensorView& from, const BucketShape& shape, int32_t* out) {
  const int64_t width = from.size(1);
  for (int64_t row = 0; row < from.size(0); ++row) {
    std::copy_n(from.as<int32_t>() + row * width, width, out + row * shape.table_width);
  }
  for (int64_t row = from.size(0); row < shape.sequences; ++row) {
    out[row * shape.table_width] = shape.spare_block;
  }
}

// Whether its numbers are 0, 1, 2, …
bool counts_up(const TensorView& numbers) {
  for (int64_t i = 0; i < numbers.size(0); ++i) {
    if (numbers.as<int32_t>()[i] != i) return false;
  }
  return true;
}

const TensorView& view_of(std::span<const NamedView> inputs, std::string_view name) {
  return std::ranges::find(inputs, name, &NamedView::name)->view;
}

}  // namespace

std::vector<int64_t> buckets_for(int64_t max_sequences) {
  std::vector<int64_t> out;
  for (const int64_t bucket : kBuckets) {
    out.push_back(std::min(bucket, max_sequences));
    if (bucket >= max_sequences) break;
  }
  return max_sequences > 0 ? out : std::vector<int64_t>{};
}

int64_t limit_of(const DimBindings& limits, std::string_view symbol) {
  const auto found = limits.find(symbol);
  return found == limits.end() ? 0 : found->second;
}

std::vector<int64_t> generation_buckets(const DimBindings& limits) {
  const int64_t most = std::min({limit_of(limits, ops::kTokens), limit_of(limits, ops::kSequences),
                                 limit_of(limits, ops::kLogitRows)});
  return buckets_for(limit_of(limits, ops::kTableWidth) > 0 ? most : 0);
}

std::optional<size_t> bucket_of(std::span<const int64_t> buckets, int64_t sequences) {
  const auto found = std::ranges::lower_bound(buckets, sequences);
  if (found == buckets.end()) return std::nullopt;
  return static_cast<size_t>(found - buckets.begin());
}

bool takes_step_inputs(const engine::Plan& plan) {
  size_t known = 0;
  for (const engine::PlanValue& value : plan.values) {
    if (value.storage != engine::Storage::kInput) continue;
    const bool is_step_input =
        value.name == kTables || std::ranges::count(kColumns, value.name, &Column::input) > 0;
    if (!is_step_input) return false;
    ++known;
  }
  return known == std::size(kColumns) + 1;
}

std::optional<int64_t> generation_sequences(std::span<const NamedView> inputs) {
  const TensorView& starts = view_of(inputs, "cu_q_lengths");
  const int64_t sequences = starts.size(0) - 1;
  const TensorView& rows = view_of(inputs, "logit_rows");
  const bool one_each =
      view_of(inputs, "token_ids").size(0) == sequences && rows.size(0) == sequences;
  if (!one_each || sequences < 1 || !counts_up(starts) || !counts_up(rows)) return std::nullopt;
  return sequences;
}

int64_t bucket_bytes(std::string_view input, const BucketShape& shape) {
  const int64_t numbers = input == kTables ? shape.sequences * shape.table_width
                                           : shape.sequences + column_of(input).extra;
  return numbers * static_cast<int64_t>(sizeof(int32_t));
}

TensorView bucket_view(std::string_view input, const BucketShape& shape, void* data) {
  if (input == kTables) {
    const int64_t sizes[] = {shape.sequences, shape.table_width};
    return TensorView::contiguous(data, DType::kI32, sizes);
  }
  const int64_t sizes[] = {shape.sequences + column_of(input).extra};
  return TensorView::contiguous(data, DType::kI32, sizes);
}

void fill_bucket(const NamedView& input, const BucketShape& shape, int32_t* out) {
  if (input.name == kTables) return fill_tables(input.view, shape, out);
  const Column& column = column_of(input.name);
  const int64_t given = input.view.size(0);
  std::copy_n(input.view.as<int32_t>(), given, out);
  for (int64_t i = given; i < shape.sequences + column.extra; ++i) out[i] = filler_at(column, i);
}

}  // namespace lathe::exec
