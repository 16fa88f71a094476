// SPDX-License-Identifier: Apache-2.0
// Tile by tile, in ascending order, with a running maximum (kernels/README.md).
#include "lathe/kernels/attention/reference.h"

#include <array>
#include <cmath>
#include <limits>

#include "lathe/kernels/cpu/lane_sum.h"

namespace lathe::kernels {

namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

// A softmax over some keys: the greatest score, the sum of exp(score - greatest), and that
// weighting of the values.
struct Partial {
  float greatest = kHidden;
  float sum = 0;
  std::vector<float> values;  // [head_dim]
};

struct Head {
  const ops::AttentionOptions& options;
  float slope;
  Query query;
  const KeyValues& kv;
  std::vector<float> q;
};

float score(const Head& head, int64_t key) {
  if (!sees(head.options, head.query, key)) return kHidden;
  const int64_t offset = head.kv.offsets[static_cast<size_t>(key)];
  float dot = 0;
  for (int64_t d = 0; d < head.kv.head_dim; ++d) {
    dot = std::fma(head.q[static_cast<size_t>(d)], head.kv.keys.load(offset + d), dot);
  }
  float out = dot * head.options.scale;
  if (head.options.soft_cap > 0) {
    out = head.options.soft_cap * std::tanh(out / head.options.soft_cap);
  }
  return out + head.slope * static_cast<float>(key - head.query.position);
}

Partial attend_tile(const Head& head, const PositionRange& keys) {
  Partial out{.values = std::vector<float>(static_cast<size_t>(head.kv.head_dim))};
  std::array<float, kKvTile> weights{};
  const int64_t first = keys.begin / kKvTile * kKvTile;
  for (int64_t key = keys.begin; key < keys.end; ++key) {
    float& weight = weights[static_cast<size_t>(key - first)];
    weight = score(head, key);
    out.greatest = std::max(out.greatest, weight);
  }
  if (out.greatest == kHidden) return out;
  for (int64_t key = keys.begin; key < keys.end; ++key) {
    float& weight = weights[static_cast<size_t>(key - first)];
    if (weight == kHidden) {
      weight = 0;
      continue;  // what nobody may see need not be there
    }
    weight = std::exp(weight - out.greatest);
    const int64_t offset = head.kv.offsets[static_cast<size_t>(key)];
    for (int64_t d = 0; d < head.kv.head_dim; ++d) {
      float& value = out.values[static_cast<size_t>(d)];
      value = std::fma(weight, head.kv.values.load(offset + d), value);
    }
  }
  out.sum = lane_sum(kKvTile, [&](int64_t i) { return weights[static_cast<size_t>(i)]; });
  return out;
}

void merge(Partial& running, const Partial& tile) {
  if (tile.greatest == kHidden) return;
  const float greatest = std::max(running.greatest, tile.greatest);
  const float keep = std::exp(running.greatest - greatest);
  const float add = std::exp(tile.greatest - greatest);
  running.greatest = greatest;
  running.sum = std::fma(running.sum, keep, tile.sum * add);
  for (size_t d = 0; d < running.values.size(); ++d) {
    running.values[d] = std::fma(running.values[d], keep, tile.values[d] * add);
  }
}

}  // namespace

void attend(const ops::AttentionOptions& options, float slope, const Query& query,
            const KeyValues& kv, const FloatElements& q, const FloatElements& y) {
  Head head{options, slope, query, kv, std::vector<float>(static_cast<size_t>(kv.head_dim))};
  convert_elements(q.data, q.dtype, head.q.data(), DType::kF32, kv.head_dim);
  Partial running{.values = std::vector<float>(static_cast<size_t>(kv.head_dim))};
  const PositionRange visible = visible_keys(options, query);
  for (int64_t begin = visible.begin; begin < visible.end;) {
    const int64_t end = std::min((begin / kKvTile + 1) * kKvTile, visible.end);
    merge(running, attend_tile(head, {begin, end}));
    begin = end;
  }
  const float inverse = running.sum > 0 ? 1.0f / running.sum : 0;
  for (int64_t d = 0; d < kv.head_dim; ++d) {
    y.store(d, running.values[static_cast<size_t>(d)] * inverse);
  }
}

}  // namespace lathe::kernels
