// SPDX-License-Identifier: Apache-2.0
#include "tests/model/step_batch.h"

#include <algorithm>

namespace lathe::testing {

namespace {

using Ints = std::vector<int32_t>;

Tensor vector_of(const Ints& values) {
  return Tensor::from<int32_t>(DType::kI32, {static_cast<int64_t>(values.size())}, values);
}

Tensor block_tables(std::span<const SequencePart> parts) {
  size_t width = 0;
  for (const SequencePart& part : parts) width = std::max(width, part.blocks.size());
  Tensor tables(DType::kI32, {static_cast<int64_t>(parts.size()), static_cast<int64_t>(width)});
  for (size_t i = 0; i < parts.size(); ++i) {
    std::ranges::copy(parts[i].blocks,
                      tables.values<int32_t>().begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  return tables;
}

}  // namespace

graph::NamedTensors step_batch(std::span<const SequencePart> parts) {
  Ints token_ids, positions, lengths, rows, cu_q_lengths = {0}, kv_lengths;
  for (const SequencePart& part : parts) {
    for (int64_t position = part.begin; position < part.end; ++position) {
      rows.push_back(static_cast<int32_t>(token_ids.size()));
      token_ids.push_back(part.ids[static_cast<size_t>(position)]);
      positions.push_back(static_cast<int32_t>(position));
      lengths.push_back(static_cast<int32_t>(part.ids.size()));
    }
    cu_q_lengths.push_back(static_cast<int32_t>(token_ids.size()));
    kv_lengths.push_back(static_cast<int32_t>(part.end));
  }
  return {
      {"token_ids", vector_of(token_ids)},   {"positions", vector_of(positions)},
      {"lengths", vector_of(lengths)},       {"cu_q_lengths", vector_of(cu_q_lengths)},
      {"kv_lengths", vector_of(kv_lengths)}, {"block_tables", block_tables(parts)},
      {"logit_rows", vector_of(rows)},
  };
}

}  // namespace lathe::testing
