// SPDX-License-Identifier: Apache-2.0
// The bits of paged_attention do not move: whole prompts, chunks, token by token, mixed with other
// sequences, any block size, any number of threads, both ISA classes (kernels/README.md).
#include <gtest/gtest.h>

#include <bit>

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/kv_cache_view.h"
#include "lathe/ops/attention.h"

namespace lathe::kernels {
namespace {

constexpr int64_t kHeads = 6, kKvHeads = 2, kHeadDim = 40, kLength = 700;

// What a sequence is made of: queries, keys and values of all its tokens.
struct Text {
  std::vector<float> q, k, v;
  explicit Text(uint32_t seed) : q(kLength * kHeads * kHeadDim), k(kLength * kKvHeads * kHeadDim) {
    v.resize(k.size());
    for (auto* values : {&q, &k, &v}) {
      for (float& value : *values) {
        seed = seed * 1664525u + 1013904223u;
        value = static_cast<float>(seed >> 8) * 0x1p-23f - 1.0f;
      }
    }
  }
};

// A piece of a sequence in a step.
struct Piece {
  const Text* text;
  int64_t begin;
  int64_t end;
};

struct Setting {
  const Kernel* kernel;
  DType kv_dtype = DType::kF32;
  int64_t block_size = 64;
  int threads = 1;
  ops::AttentionOptions options = {.scale = 0.2f};
};

// A cache that holds the keys and values of every piece's sequence, blocks in reversed order.
struct Cache {
  Tensor keys, values, tables;
  KvCacheView view;

  Cache(const Setting& setting, const std::vector<Piece>& pieces) {
    const int64_t width = (kLength + setting.block_size - 1) / setting.block_size;
    const auto sequences = static_cast<int64_t>(pieces.size());
    const std::vector<int64_t> sizes = {width * sequences, kKvHeads, setting.block_size, kHeadDim};
    keys = Tensor(setting.kv_dtype, sizes);
    values = Tensor(setting.kv_dtype, sizes);
    tables = Tensor(DType::kI32, {sequences, width});
    view = {keys.data(),        values.data(), setting.kv_dtype, width * sequences,
            setting.block_size, kKvHeads,      kHeadDim};
    for (int64_t i = 0; i < sequences * width; ++i) {
      tables.values<int32_t>()[static_cast<size_t>(i)] =
          static_cast<int32_t>(sequences * width - 1 - i);
    }
    for (int64_t i = 0; i < sequences; ++i) write(i, pieces[static_cast<size_t>(i)]);
  }

  void write(int64_t sequence, const Piece& piece) {
    const int32_t* blocks = tables.values<int32_t>().data() + sequence * tables.size(1);
    for (int64_t position = 0; position < piece.end; ++position) {
      for (int64_t head = 0; head < kKvHeads; ++head) {
        const int64_t to =
            view.offset(blocks[position / view.block_size], head, position % view.block_size);
        const int64_t from = (position * kKvHeads + head) * kHeadDim;
        for (int64_t d = 0; d < kHeadDim; ++d) {
          const auto element = static_cast<size_t>(from + d);
          store_element(keys.data(), view.dtype, to + d, piece.text->k[element]);
          store_element(values.data(), view.dtype, to + d, piece.text->v[element]);
        }
      }
    }
  }
};

// The pieces' results, one behind the other, from one step.
std::vector<float> run(const Setting& setting, const std::vector<Piece>& pieces) {
  Cache cache(setting, pieces);
  std::vector<int32_t> begins = {0}, lengths;
  std::vector<float> q;
  for (const Piece& piece : pieces) {
    begins.push_back(begins.back() + static_cast<int32_t>(piece.end - piece.begin));
    lengths.push_back(static_cast<int32_t>(piece.end));
    const auto row = kHeads * kHeadDim;
    q.insert(q.end(), piece.text->q.begin() + piece.begin * row,
             piece.text->q.begin() + piece.end * row);
  }
  std::vector<float> y(q.size());
  const int64_t q_sizes[] = {begins.back(), kHeads, kHeadDim}, state[] = {kKvHeads, kHeadDim};
  const int64_t sequences = static_cast<int64_t>(pieces.size()), starts = sequences + 1;
  const TensorView inputs[] = {
      TensorView::contiguous(q.data(), DType::kF32, q_sizes),
      TensorView::contiguous(&cache.view, DType::kState, state),
      TensorView::contiguous(begins.data(), DType::kI32, std::span(&starts, 1)),
      TensorView::contiguous(lengths.data(), DType::kI32, std::span(&sequences, 1)),
      cache.tables.view()};
  const TensorView outputs[] = {TensorView::contiguous(y.data(), DType::kF32, q_sizes)};
  Problem problem{ops::PagedAttention{setting.options}, {}, {}};
  for (const TensorView& view : inputs) {
    problem.inputs.push_back(
        {view.dtype, Shape(std::vector<Dim>(view.shape().begin(), view.shape().end()))});
  }
  const Tensor workspace(DType::kU8, {setting.kernel->workspace_bytes(problem).value()});
  ThreadPool pool(setting.threads);
  setting.kernel->run(
      {problem.op,
       inputs,
       outputs,
       {static_cast<std::byte*>(workspace.data()), static_cast<size_t>(workspace.num_bytes())},
       pool});
  return y;
}

void expect_same_bits(std::span<const float> got, const float* expected, std::string_view what) {
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(got[i]), std::bit_cast<uint32_t>(expected[i]))
        << what << ", element " << i;
  }
}

class Order : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    setting.kernel = find_kernel(GetParam());
    ASSERT_NE(setting.kernel, nullptr);
    if (GetParam().ends_with("avx512") && machine_isa() < CpuIsa::kAvx512) {
      GTEST_SKIP() << "this CPU lacks AVX-512";
    }
    for (const DType dtype : {DType::kF32, DType::kBf16, DType::kF16}) kv_dtypes.push_back(dtype);
  }
  std::vector<float> whole() { return run(setting, {{&text, 0, kLength}}); }

  Setting setting;
  std::vector<DType> kv_dtypes;
  Text text{1}, other_text{2};
};

TEST_P(Order, WholePromptsChunksAndSingleTokensAgree) {
  for (const DType dtype : kv_dtypes) {
    setting.kv_dtype = dtype;
    const std::vector<float> expected = whole();
    for (const int64_t chunk : {7, 64, 333}) {
      for (int64_t begin = 0; begin < kLength; begin += chunk) {
        const std::vector<float> got =
            run(setting, {{&text, begin, std::min(begin + chunk, kLength)}});
        expect_same_bits(got, expected.data() + begin * kHeads * kHeadDim, "chunk");
      }
    }
    for (const int64_t position : {0, 1, 63, 64, 65, 300, 699}) {
      expect_same_bits(run(setting, {{&text, position, position + 1}}),
                       expected.data() + position * kHeads * kHeadDim, "single");
    }
  }
}

TEST_P(Order, NeighboursInTheStepChangeNothing) {
  const std::vector<float> expected = whole();
  const std::vector<float> got =
      run(setting,
          {{&other_text, 5, 40}, {&text, 0, kLength}, {&other_text, 600, 601}, {&text, 128, 129}});
  const size_t row = kHeads * kHeadDim;
  const std::span<const float> all(got);
  expect_same_bits(all.subspan(35 * row, expected.size()), expected.data(), "whole");
  expect_same_bits(all.subspan((36 + kLength) * row, row), expected.data() + 128 * row, "single");
}

TEST_P(Order, ThreadsAndBlockSizesChangeNothing) {
  for (const int64_t window : {0, 100}) {
    setting.options.window = window;
    setting.options.soft_cap = window > 0 ? 3.0f : 0.0f;
    const std::vector<float> expected = whole();
    const std::vector<float> last = run(setting, {{&text, kLength - 1, kLength}});
    Setting other = setting;
    for (const int threads : {1, 2, 5}) {
      for (const int64_t block_size : {16, 32, 64, 128}) {
        other.threads = threads;
        other.block_size = block_size;
        expect_same_bits(run(other, {{&text, 0, kLength}}), expected.data(), "context");
        // Few rows and many tiles: with threads to spare the keys are split.
        expect_same_bits(run(other, {{&text, kLength - 1, kLength}}), last.data(), "generation");
      }
    }
  }
}

TEST_P(Order, IsThatOfAvx2) {
  const std::vector<float> got = whole();
  setting.kernel = find_kernel("paged_attention.cpu.avx2");
  expect_same_bits(got, whole().data(), "avx2");
}

std::string test_name(const ::testing::TestParamInfo<std::string_view>& info) {
  return info.param.ends_with("avx2") ? "avx2" : "avx512";
}

INSTANTIATE_TEST_SUITE_P(PagedAttention, Order,
                         ::testing::Values("paged_attention.cpu.avx2",
                                           "paged_attention.cpu.avx512"),
                         test_name);

}  // namespace
}  // namespace lathe::kernels
