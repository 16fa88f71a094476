// SPDX-License-Identifier: Apache-2.0
// Attention in all its forms against a plain softmax in double: masks, windows, sinks, soft caps,
// slopes, groups of heads, pages of any size in any order; and what writes the pages.
#include <gtest/gtest.h>

#include <numeric>

#include "lathe/ops/attention.h"
#include "lathe/ops/rope_kv_write.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness
using ops::AttentionOptions;

constexpr int64_t kHeads = 4, kKvHeads = 2, kDim = 24;

// One sequence: keys and values of all its tokens, queries of the last `rows` of them.
struct Sequence {
  Tensor q, k, v;
  int64_t rows() const { return q.size(0); }
  int64_t length() const { return k.size(0); }
};

Sequence draw_sequence(Draws& draw, int64_t rows, int64_t length) {
  return {draw.normal({rows, kHeads, kDim}), draw.normal({length, kKvHeads, kDim}),
          draw.normal({length, kKvHeads, kDim})};
}

bool sees(const AttentionOptions& options, int64_t p, int64_t j) {
  if (options.causal && j > p) return false;
  return options.window == 0 || p - j < options.window || j < options.sink_tokens;
}

double score(const AttentionOptions& options, const Sequence& s, int64_t row, int64_t head,
             int64_t j) {
  double sum = 0;
  const int64_t kv_head = head / (kHeads / kKvHeads);
  for (int64_t d = 0; d < kDim; ++d) {
    sum += at(s.q, (row * kHeads + head) * kDim + d) * at(s.k, (j * kKvHeads + kv_head) * kDim + d);
  }
  sum *= options.scale;
  if (options.soft_cap > 0) sum = options.soft_cap * std::tanh(sum / options.soft_cap);
  if (options.alibi_slopes.empty()) return sum;
  const int64_t p = s.length() - s.rows() + row;
  return sum + options.alibi_slopes[static_cast<size_t>(head)] * static_cast<double>(j - p);
}

void attend_head(const AttentionOptions& options, const Sequence& s, int64_t row, int64_t head,
                 std::vector<double>& out) {
  const int64_t p = s.length() - s.rows() + row, kv_head = head / (kHeads / kKvHeads);
  std::vector<double> y(kDim, 0);
  double total = 0, greatest = -kInf;
  for (int64_t j = 0; j < s.length(); ++j) {
    if (sees(options, p, j)) greatest = std::max(greatest, score(options, s, row, head, j));
  }
  for (int64_t j = 0; j < s.length(); ++j) {
    if (!sees(options, p, j)) continue;
    const double weight = std::exp(score(options, s, row, head, j) - greatest);
    total += weight;
    for (int64_t d = 0; d < kDim; ++d) {
      y[static_cast<size_t>(d)] += weight * at(s.v, (j * kKvHeads + kv_head) * kDim + d);
    }
  }
  for (const double value : y) out.push_back(value / total);
}

std::vector<double> attended(const AttentionOptions& options, const std::vector<Sequence>& all) {
  std::vector<double> out;
  for (const Sequence& s : all) {
    for (int64_t row = 0; row < s.rows(); ++row) {
      for (int64_t head = 0; head < kHeads; ++head) attend_head(options, s, row, head, out);
    }
  }
  return out;
}

Tensor joined(const std::vector<Sequence>& all, Tensor Sequence::*part) {
  int64_t rows = 0;
  for (const Sequence& s : all) rows += (s.*part).size(0);
  Tensor out(DType::kF32, {rows, (all[0].*part).size(1), kDim});
  auto* to = out.values<float>().data();
  for (const Sequence& s : all) to = std::ranges::copy((s.*part).values<float>(), to).out;
  return out;
}

// Pages of a cache that hold the sequences, in an order that nothing should depend on.
struct Pages {
  Tensor keys, values, tables;
  KvCacheView view;
  std::vector<int32_t> cu_q = {0}, lengths;

  Pages(const std::vector<Sequence>& all, int64_t block_size, DType dtype = DType::kF32) {
    int64_t width = 1;
    for (const Sequence& s : all) width = std::max(width, (s.length() - 1) / block_size + 1);
    const int64_t blocks = width * std::ssize(all);
    keys = Tensor(dtype, {blocks, kKvHeads, block_size, kDim});
    values = Tensor(dtype, {blocks, kKvHeads, block_size, kDim});
    for (Tensor* storage : {&keys, &values}) {  // what nobody wrote is never read
      for (int64_t i = 0; i < storage->num_elements(); ++i) {
        store_element(storage->data(), dtype, i, kNan);
      }
    }
    tables = Tensor(DType::kI32, {std::ssize(all), width});
    for (int64_t i = 0; i < blocks; ++i) {
      tables.values<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(blocks - 1 - i);
    }
    view = {keys.data(), values.data(), dtype, blocks, block_size, kKvHeads, kDim};
    for (const Sequence& s : all) {
      cu_q.push_back(cu_q.back() + static_cast<int32_t>(s.rows()));
      lengths.push_back(static_cast<int32_t>(s.length()));
    }
  }

  int64_t offset(int64_t sequence, int64_t position, int64_t head) const {
    const int64_t entry = sequence * tables.size(1) + position / view.block_size;
    return view.offset(tables.values<int32_t>()[static_cast<size_t>(entry)], head,
                       position % view.block_size);
  }
  void fill(int64_t sequence, const Sequence& s) {
    for (int64_t i = 0; i < s.k.num_elements(); ++i) {
      const int64_t place = offset(sequence, i / (kKvHeads * kDim), i / kDim % kKvHeads) + i % kDim;
      store_element(keys.data(), view.dtype, place, at(s.k, i));
      store_element(values.data(), view.dtype, place, at(s.v, i));
    }
  }
};

struct Paged {
  AttentionOptions options = {.scale = 0.25f};
  int64_t block_size = 16;
  DType dtype = DType::kF32;
  double room = 2e-5;
};

void expect_attends(const Paged& setting, const std::vector<Sequence>& all) {
  Pages pages(all, setting.block_size, setting.dtype);
  for (size_t i = 0; i < all.size(); ++i) pages.fill(static_cast<int64_t>(i), all[i]);
  const std::vector<double> expected = attended(setting.options, all);
  for_each_kernel(ops::PagedAttention{setting.options},
                  {joined(all, &Sequence::q), state(pages.view), ints(pages.cu_q),
                   ints(pages.lengths), pages.tables},
                  [&](const std::vector<Tensor>& y) {
                    expect_near(y[0], expected, setting.room, setting.room);
                  });
}

TEST(PagedAttentionKernels, ContextsGenerationsAndChunksInOneStep) {
  Draws draw(1);
  const std::vector<Sequence> all = {draw_sequence(draw, 5, 5), draw_sequence(draw, 1, 130),
                                     draw_sequence(draw, 7, 70), draw_sequence(draw, 1, 1)};
  for (const int64_t block_size : {16, 32, 64, 128}) {
    SCOPED_TRACE(block_size);
    expect_attends({.block_size = block_size}, all);
  }
}

TEST(PagedAttentionKernels, LengthsAroundTheTiles) {
  Draws draw(2);
  for (const int64_t length : {1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 200}) {
    SCOPED_TRACE(length);
    expect_attends({}, {draw_sequence(draw, 1, length)});
    expect_attends({}, {draw_sequence(draw, length, length)});
  }
}

TEST(PagedAttentionKernels, EveryMaskAndScore) {
  Draws draw(3);
  const std::vector<Sequence> all = {draw_sequence(draw, 90, 150), draw_sequence(draw, 1, 99)};
  const AttentionOptions cases[] = {
      {.scale = 0.3f, .window = 1},
      {.scale = 0.3f, .window = 50},
      {.scale = 0.3f, .window = 64},
      {.scale = 0.3f, .window = 20, .sink_tokens = 3},
      {.scale = 0.3f, .window = 10, .sink_tokens = 70},
      {.scale = 1.0f, .soft_cap = 2},
      {.scale = 0.3f, .alibi_slopes = {0.5f, 0.25f, 0.125f, 0.0625f}},
      {.scale = 0.3f,
       .window = 33,
       .sink_tokens = 2,
       .soft_cap = 5,
       .alibi_slopes = {1, 0.1f, 0.01f, 0}},
  };
  for (const AttentionOptions& options : cases) {
    SCOPED_TRACE(to_json(options).dump());
    expect_attends({.options = options, .room = 5e-5}, all);
  }
}

TEST(PagedAttentionKernels, CachesOfNarrowDtypes) {
  Draws draw(4);
  const std::vector<Sequence> all = {draw_sequence(draw, 3, 80)};
  expect_attends({.dtype = DType::kF16, .room = 2e-3}, all);
  expect_attends({.dtype = DType::kBf16, .room = 2e-2}, all);
}

TEST(PagedAttentionKernels, VastScoresPickOneKey) {
  Draws draw(5);
  expect_attends({.options = {.scale = 40}, .room = 1e-3}, {draw_sequence(draw, 4, 100)});
}

TEST(AttentionKernels, SequencesDoNotSeeEachOther) {
  Draws draw(6);
  const std::vector<Sequence> all = {draw_sequence(draw, 9, 9), draw_sequence(draw, 1, 1),
                                     draw_sequence(draw, 70, 70)};
  for (const bool causal : {true, false}) {
    const AttentionOptions options{.scale = 0.25f, .causal = causal};
    const std::vector<double> expected = attended(options, all);
    for_each_kernel(ops::Attention{options},
                    {joined(all, &Sequence::q), joined(all, &Sequence::k),
                     joined(all, &Sequence::v), ints({0, 9, 10, 80})},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 2e-5, 2e-5); });
  }
}

TEST(KvWriteKernels, EveryTokenLandsInItsPageAndNowhereElse) {
  Draws draw(7);
  // Two sequences write tokens [30, 37) and [0, 3).
  const std::vector<Sequence> all = {draw_sequence(draw, 7, 37), draw_sequence(draw, 3, 3)};
  const Tensor k = draw.normal({10, kKvHeads, kDim}), v = draw.normal({10, kKvHeads, kDim});
  const Tensor positions = ints({30, 31, 32, 33, 34, 35, 36, 0, 1, 2});
  for (const DType dtype : {DType::kF32, DType::kBf16}) {
    Pages pages(all, 16, dtype);
    Pages expected(all, 16, dtype);
    for (int64_t i = 0; i < k.num_elements(); ++i) {
      const int64_t token = i / (kKvHeads * kDim), sequence = token < 7 ? 0 : 1;
      const int64_t place = i % kDim + expected.offset(sequence, token < 7 ? 30 + token : token - 7,
                                                       i / kDim % kKvHeads);
      store_element(expected.keys.data(), dtype, place, at(k, i));
      store_element(expected.values.data(), dtype, place, at(v, i));
    }
    for_each_kernel(ops::KvWrite{},
                    {state(pages.view), k, v, positions, ints(pages.cu_q), pages.tables},
                    [&](const std::vector<Tensor>&) {
                      EXPECT_TRUE(same_bits(pages.keys, expected.keys));
                      EXPECT_TRUE(same_bits(pages.values, expected.values));
                    });
  }
}

// The fusion is the parts: split, two ropes, a write.
TEST(RopeKvWriteKernels, WriteAndGiveWhatTheirPartsDo) {
  Draws draw(8);
  const std::vector<Sequence> all = {draw_sequence(draw, 5, 21), draw_sequence(draw, 1, 9)};
  const Tensor qkv = draw.normal({6, (kHeads + 2 * kKvHeads) * kDim});
  const Tensor positions = ints({16, 17, 18, 19, 20, 8});
  const ops::Rope rope{.rotary_dims = 16};
  const auto cut = [&](int64_t first, int64_t heads) {
    Tensor out(DType::kF32, {6, heads, kDim});
    for (int64_t i = 0; i < out.num_elements(); ++i) {
      const int64_t row = i / (heads * kDim), col = first * kDim + i % (heads * kDim);
      store_element(out.data(), DType::kF32, i, at(qkv, row * qkv.size(1) + col));
    }
    return out;
  };
  const auto ref = [&](const ops::Op& op, const std::vector<Tensor>& inputs) {
    return call_kernel(reference_kernel(op.name()), problem_of(op, inputs), inputs, pool_with(1));
  };
  Pages expected(all, 16), pages(all, 16);
  const Tensor q = ref(rope, {cut(0, kHeads), positions})[0];
  const Tensor k = ref(rope, {cut(kHeads, kKvHeads), positions})[0];
  ref(ops::KvWrite{}, {state(expected.view), k, cut(kHeads + kKvHeads, kKvHeads), positions,
                       ints(expected.cu_q), expected.tables});
  for_each_kernel(ops::RopeKvWrite{.rope = rope, .heads = kHeads},
                  {state(pages.view), qkv, positions, ints(pages.cu_q), pages.tables},
                  [&](const std::vector<Tensor>& y) {
                    expect_near(y[0], numbers(q), 1e-6, 1e-6);
                    expect_near(pages.keys, numbers(expected.keys), 1e-6, 1e-6);
                    EXPECT_TRUE(same_bits(pages.values, expected.values));
                  });
}

}  // namespace
}  // namespace lathe::kernels
