// SPDX-License-Identifier: Apache-2.0
// A block of rows over the tiles that it sees.
//
// Keys and values are read once a block; of the arithmetic, 4 * head_dim flops a row and key, the
// products run near the FMA peak for blocks of many rows (context), and the reading of the cache
// bounds blocks of few (generation).
#pragma once

#include "lathe/kernels/attention/row_blocks.h"
#include "lathe/kernels/attention/vector_partial.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// The operands that both attention ops have.
struct AttentionCall {
  const ops::AttentionOptions& options;
  const float* q;  // [tokens, heads, head_dim]
  float* y;
  HeadGroups groups;
  int64_t head_dim;

  int64_t heads() const { return groups.kv_heads * groups.group; }
  // The first element of a row's query and result.
  int64_t row_offset(int64_t token, int64_t head) const {
    return (token * heads() + head) * head_dim;
  }
};

// Memory for the partials of one block.
struct BlockPartial {
  alignas(64) float values[kMaxBlockRows * kMaxHeadDim];
  float greatest[kMaxBlockRows];
  float sums[kMaxBlockRows];
  Partial view(int64_t head_dim) { return {greatest, sums, values, padded(head_dim)}; }
};

inline void gather_rows(const AttentionCall& call, const QuerySequence& sequence,
                        const RowBlock& block, QueryRows& rows) {
  rows.count = block.num_tokens * call.groups.group;
  rows.head_dim = call.head_dim;
  rows.kv_length = sequence.kv_length;
  for (int64_t row = 0; row < rows.count; ++row) {
    const int64_t token = block.first_token + row / call.groups.group;
    const int64_t head = block.kv_head * call.groups.group + row % call.groups.group;
    rows.q[row] = call.q + call.row_offset(sequence.first_token + token, head);
    rows.positions[row] = sequence.first_position + token;
    const auto& slopes = call.options.alibi_slopes;
    rows.slopes[row] = slopes.empty() ? 0 : slopes[static_cast<size_t>(head)];
  }
}

// Positions that some row of the block sees.
inline PositionRange visible_to(const ops::AttentionOptions& options, const QueryRows& rows) {
  const Query first{.position = rows.positions[0], .kv_length = rows.kv_length};
  const Query last{.position = rows.positions[rows.count - 1], .kv_length = rows.kv_length};
  return {visible_keys(options, first).begin, visible_keys(options, last).end};
}

// Whether a tile lies between the sink tokens and every row's window.
inline bool is_between(const ops::AttentionOptions& options, const QueryRows& rows,
                       const PositionRange& tile) {
  return options.window > 0 && tile.begin >= options.sink_tokens &&
         tile.end <= rows.positions[0] - options.window + 1;
}

// Calls body(positions) for the part of every tile that is visible, ascending.
template <class F>
void for_tiles(const ops::AttentionOptions& options, const QueryRows& rows, F&& body) {
  const PositionRange visible = visible_to(options, rows);
  for (int64_t begin = visible.begin; begin < visible.end;) {
    const PositionRange tile = {begin, std::min((begin / kKvTile + 1) * kKvTile, visible.end)};
    if (!is_between(options, rows, tile)) body(tile);
    begin = tile.end;
  }
}

inline void clear(const Partial& partial, int64_t rows) {
  std::fill_n(partial.greatest, rows, kHidden);
  std::fill_n(partial.sums, rows, 0.0f);
  std::fill_n(partial.values, rows * partial.stride, 0.0f);
}

inline void store_rows(const AttentionCall& call, const QueryRows& rows, const Partial& total) {
  for (int64_t row = 0; row < rows.count; ++row) {
    const float inverse = total.sums[row] > 0 ? 1.0f / total.sums[row] : 0;
    float* y = call.y + (rows.q[row] - call.q);
    for (int64_t d = 0; d < rows.head_dim; d += kVector) {
      const F32x16 value = load(total.values + row * total.stride + d) * broadcast(inverse);
      store(y + d, value, rows.head_dim - d);
    }
  }
}

inline void attend_block(const AttentionCall& call, const QuerySequence& sequence,
                         const RowBlock& block, const KeyValueRows& kv) {
  QueryRows rows;
  KvTile tile;
  BlockPartial here, total;
  gather_rows(call, sequence, block, rows);
  const Partial running = total.view(call.head_dim);
  clear(running, rows.count);
  for_tiles(call.options, rows, [&](const PositionRange& positions) {
    load_tile(kv, positions, tile);
    attend_tile(call.options, tile, rows, here.view(call.head_dim));
    merge(here.view(call.head_dim), rows.count, call.head_dim, running);
  });
  store_rows(call, rows, running);
}

}  // namespace
}  // namespace lathe::kernels
