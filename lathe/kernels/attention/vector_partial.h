// SPDX-License-Identifier: Apache-2.0
// Softmax over one tile for a block of rows, and the merge of tiles (kernels/README.md).
#pragma once

#include <limits>

#include "lathe/kernels/attention/vector_products.h"
#include "lathe/kernels/attention/vector_tile.h"
#include "lathe/kernels/cpu/vector_functions.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline constexpr float kHidden = -std::numeric_limits<float>::infinity();

// A block of rows: the query of each, its position and its slope. Pointers into q.
struct QueryRows {
  int64_t count = 0;
  int64_t head_dim = 0;
  int64_t kv_length = 0;
  const float* q[kMaxBlockRows];
  int64_t positions[kMaxBlockRows];
  float slopes[kMaxBlockRows];
};

// What a softmax over some keys gives for each row; of a tile, or of all tiles so far.
struct Partial {
  float* greatest;  // [rows]
  float* sums;      // [rows]
  float* values;    // [rows, stride]
  int64_t stride;
};

// Which keys of a tile a row sees: [0, sinks) and [low, high), in keys of the tile.
struct RowWindow {
  float sinks;
  float low;
  float high;
  bool hides() const { return low > 0 || high < static_cast<float>(kKvTile); }
};

inline RowWindow window_of(const ops::AttentionOptions& options, const KvTile& tile,
                           const Query& query) {
  const PositionRange keys = {
      options.window == 0 ? 0 : query.position - options.window + 1,
      options.causal ? std::min(query.kv_length, query.position + 1) : query.kv_length};
  const auto in_tile = [&](int64_t position) {
    return static_cast<float>(std::clamp<int64_t>(position - tile.first, -1, kKvTile));
  };
  return {in_tile(options.sink_tokens), in_tile(keys.begin), in_tile(keys.end)};
}

inline F32x16 hide(F32x16 score, F32x16 key, const RowWindow& window) {
  const F32x16 hidden = broadcast(kHidden);
  const F32x16 sink = if_less(key, broadcast(window.sinks), score, hidden);
  const F32x16 seen = if_less(key, broadcast(window.low), sink, score);
  return if_less(key, broadcast(window.high), seen, hidden);
}

// Dots of one row become scores, in place; gives the greatest.
inline float finish_scores(const ops::AttentionOptions& options, const KvTile& tile,
                           const QueryRows& rows, int64_t row, float* scores) {
  const Query query{.position = rows.positions[row], .kv_length = rows.kv_length};
  const RowWindow window = window_of(options, tile, query);
  F32x16 greatest = broadcast(kHidden);
  const float lanes[kVector] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int64_t i = 0; i < kKvTile; i += kVector) {
    const F32x16 key = load(lanes) + broadcast(static_cast<float>(i));
    F32x16 score = load(scores + i) * broadcast(options.scale);
    if (options.soft_cap > 0) {
      score = broadcast(options.soft_cap) * tanh(score / broadcast(options.soft_cap));
    }
    if (rows.slopes[row] != 0) {
      const F32x16 distance = key + broadcast(static_cast<float>(tile.first - query.position));
      score = score + broadcast(rows.slopes[row]) * distance;
    }
    if (window.hides()) score = hide(score, key, window);
    store(scores + i, score);
    greatest = max(greatest, score);
  }
  return fold_max(greatest);
}

// Scores become weights, in place; gives their sum.
inline float weigh(float* scores, float greatest) {
  // Not minus infinity where all is hidden: the differences have to be minus infinity.
  const F32x16 shift = broadcast(std::max(greatest, std::numeric_limits<float>::lowest()));
  F32x16 sum = zeros();
  for (int64_t i = 0; i < kKvTile; i += kVector) {
    const F32x16 weight = exp_weight(load(scores + i) - shift);
    store(scores + i, weight);
    sum = sum + weight;
  }
  return fold_sum(sum);
}

// The partial of one tile.
inline void attend_tile(const ops::AttentionOptions& options, const KvTile& tile,
                        const QueryRows& rows, const Partial& out) {
  alignas(64) float scores[kMaxBlockRows * kKvTile];
  const float* weights[kMaxBlockRows];
  multiply({.a = rows.q,
            .b = tile.key_columns,
            .begin = 0,
            .end = rows.head_dim,
            .cols = kKvTile,
            .y = scores,
            .y_stride = kKvTile},
           rows.count);
  for (int64_t row = 0; row < rows.count; ++row) {
    float* line = scores + row * kKvTile;
    out.greatest[row] = finish_scores(options, tile, rows, row, line);
    out.sums[row] = weigh(line, out.greatest[row]);
    weights[row] = line;
  }
  multiply({.a = weights,
            .b = tile.value_rows,
            .begin = tile.begin,
            .end = tile.end,
            .cols = padded(rows.head_dim),
            .y = out.values,
            .y_stride = out.stride},
           rows.count);
}

// Adds a tile to what came before it. Where the tile shows nothing to a row, nothing changes.
inline void merge(const Partial& tile, int64_t rows, int64_t head_dim, const Partial& running) {
  for (int64_t first = 0; first < rows; first += kVector) {
    const int64_t left = rows - first;
    const F32x16 before = load_or(running.greatest + first, left, kHidden);
    const F32x16 here = load_or(tile.greatest + first, left, kHidden);
    const F32x16 greatest = max(before, here);
    const F32x16 shift = max(greatest, broadcast(std::numeric_limits<float>::lowest()));
    const F32x16 keep = exp_weight(before - shift), add = exp_weight(here - shift);
    const F32x16 sum =
        fma(load(running.sums + first, left), keep, load(tile.sums + first, left) * add);
    store(running.greatest + first, greatest, left);
    store(running.sums + first, sum, left);
    float keeps[kVector], adds[kVector];
    store(keeps, keep);
    store(adds, add);
    for (int64_t i = 0; i < std::min(left, kVector); ++i) {
      const float* from = tile.values + (first + i) * tile.stride;
      float* to = running.values + (first + i) * running.stride;
      for (int64_t d = 0; d < padded(head_dim); d += kVector) {
        store(to + d, fma(load(to + d), broadcast(keeps[i]), load(from + d) * broadcast(adds[i])));
      }
    }
  }
}

}  // namespace
}  // namespace lathe::kernels
