// SPDX-License-Identifier: Apache-2.0
// Under Bits::kFixed the launches of a layer or of attention are the same whatever the step, but
// for how many tiles of tokens they have: so nothing that orders a sum can depend on the batch.
#include <gtest/gtest.h>

#include <cstring>

#include "lathe/kernels/cuda_kernel.h"
#include "lathe/kernels/kernel.h"
#include "lathe/kernels/kv_cache_view.h"
#include "lathe/kernels/linear/cuda_sm90.h"
#include "lathe/kernels/mma_layout.h"
#include "lathe/kernels/rope_paged_attention/cuda_sm90.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/op.h"
#include "tests/support/launches_of.h"

namespace lathe::kernels {
namespace {

constexpr int kProcessors = 132;
constexpr int64_t kTokens[] = {1, 2, 3, 4, 8, 9, 16, 17, 63, 64, 65, 128, 129, 256, 2048};
constexpr size_t kTokensField = 48, kStagesField = 52;  // of a linear launch's parameter

void* address(uintptr_t number) { return reinterpret_cast<void*>(number << 8); }

TensorView view(uintptr_t number, DType dtype, std::vector<int64_t> sizes) {
  return TensorView::contiguous(address(number), dtype, sizes);
}

struct Layer {
  std::string name;
  int64_t rows, columns;  // of y and x
  Gate gate = Gate::kNone;
  bool norm = false;
};
const Layer kLayers[] = {{"o", 4096, 4096},
                         {"qkv", 6144, 4096, Gate::kNone, true},
                         {"gate_up", 14336, 4096, Gate::kGated, true},
                         {"down", 4096, 14336},
                         {"vocabulary", 128256, 4096, Gate::kNone, true},
                         {"odd", 200, 72},
                         {"wide", 72, 28672}};

// By the layer's record of a strategy: "few", "split", "tile128", "tile256".
std::vector<Launch> launches_of(const Layer& layer, int64_t tokens, std::string_view strategy) {
  const bool gated = layer.gate == Gate::kGated;
  ops::Linear linear{.format = {.code_dtype = DType::kBf16}};
  linear.gated = gated;
  if (gated) linear.activation = ops::UnaryKind::kSilu;
  const ops::Op op = layer.norm ? ops::Op(ops::NormLinear{{}, linear}) : ops::Op(linear);
  std::vector<TensorView> inputs = {view(1, DType::kBf16, {tokens, layer.columns})};
  if (layer.norm) inputs.push_back(view(2, DType::kBf16, {layer.columns}));
  inputs.push_back(view(3, DType::kU8, {layer.rows}));
  const TensorView outputs[] = {view(4, DType::kBf16, {tokens, layer.rows})};
  const std::string name = cat(op.name(), ".cuda.sm90.", strategy, gated ? ".gated" : "");
  return testing::launches_of(find_kernel(name)->cuda->launches({.op = op,
                                                                 .inputs = inputs,
                                                                 .outputs = outputs,
                                                                 .workspace = address(5),
                                                                 .num_processors = kProcessors}));
}

template <class T>
T field(Launch& launch, size_t offset) {
  T out;
  std::memcpy(&out, static_cast<std::byte*>(launch.parameter.data()) + offset, sizeof(T));
  return out;
}

// A launch without what may differ: how many tokens, and how many tiles of them.
Launch without_tokens(Launch launch) {
  launch.config.grid.x = 0;
  std::memset(static_cast<std::byte*>(launch.parameter.data()) + kTokensField, 0, sizeof(int32_t));
  return launch;
}

bool same(Launch a, Launch b) {
  return a.entry == b.entry && a.config == b.config &&
         std::memcmp(a.parameter.data(), b.parameter.data(), sizeof(LaunchParameter)) == 0;
}

TEST(FixedBits, ALinearLayersLaunchesDifferInTheirTilesOfTokensAlone) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.name);
    const std::vector<Launch> one = launches_of(layer, 1, "tile128");
    ASSERT_EQ(one.size(), layer.norm ? 2u : 1u);
    for (const int64_t tokens : kTokens) {
      SCOPED_TRACE(tokens);
      std::vector<Launch> all = launches_of(layer, tokens, "tile128");
      ASSERT_EQ(all.size(), one.size());
      EXPECT_TRUE(same(without_tokens(all.back()), without_tokens(one.back())));
      EXPECT_EQ(all.back().entry, "linear_tile_128");
      EXPECT_EQ(all.back().config.grid.x, (tokens + 127) / 128);
      EXPECT_EQ(field<int32_t>(all.back(), kTokensField), tokens);
      EXPECT_GE(field<int32_t>(all.back(), kStagesField), 2);
      if (!layer.norm) continue;
      EXPECT_EQ(all.front().entry, "rms_norm");
      EXPECT_EQ(all.front().config.grid.x, tokens);
    }
  }
}

// Each strategy has an entry for the tokens that it takes.
TEST(FixedBits, AStrategysEntryGoesByTheTokens) {
  struct Case {
    std::string_view strategy;
    int64_t tokens;
    std::string_view entry;
  };
  const Case cases[] = {{"few", 1, "linear_1"},
                        {"few", 2, "linear_2"},
                        {"few", 4, "linear_4"},
                        {"few", 8, "linear_8"},
                        {"split", 9, "linear_split_16"},
                        {"split", 32, "linear_split_32"},
                        {"split", 64, "linear_split_64"},
                        {"split", 1, "linear_split_16"},
                        {"tile128", 1, "linear_tile_128"},
                        {"tile256", 129, "linear_tile_256"}};
  for (const Case& one : cases) {
    EXPECT_EQ(launches_of(kLayers[0], one.tokens, one.strategy).back().entry, one.entry);
    const std::vector<Launch> normed = launches_of(kLayers[1], one.tokens, one.strategy);
    EXPECT_EQ(normed.size(), one.strategy.starts_with("tile") ? 2u : 1u) << one.tokens;
  }
  EXPECT_EQ(launches_of(kLayers[6], 8, "few").back().entry, "linear_streamed_8");
}

// A recipe is not for other numbers of tokens than its record says.
TEST(FixedBits, AStrategyRefusesOtherNumbersOfTokens) {
  EXPECT_THROW(launches_of(kLayers[0], 9, "few"), Error);
  EXPECT_THROW(launches_of(kLayers[0], 65, "split"), Error);
  EXPECT_THROW(launches_of(kLayers[0], 128, "tile256"), Error);
}

std::vector<Launch> attention(int64_t tokens, int64_t sequences, Bits bits) {
  static KvCacheView cache{.keys = address(6),
                           .values = address(7),
                           .dtype = DType::kBf16,
                           .num_blocks = 9,
                           .block_size = 64,
                           .kv_heads = 8,
                           .head_dim = 128};
  TensorView state;
  state.data = &cache;
  return testing::launches_of(
      attention_sm90::launches({.cache = state,
                                .cu_q_lengths = view(1, DType::kI32, {sequences + 1}),
                                .lengths = view(2, DType::kI32, {sequences}),
                                .tables = view(3, DType::kI32, {sequences, 16}),
                                .y = view(4, DType::kBf16, {tokens, 32, 128}),
                                .qkv = address(5),
                                .positions = address(8),
                                .queries = address(9),
                                .bits = bits},
                               kProcessors));
}

TEST(FixedBits, AttentionOfAGenerationIsThatOfAnyStep) {
  struct Case {
    int64_t tokens, sequences;
  };
  for (const Case& one : {Case{1, 1}, Case{64, 64}, Case{7, 1}, Case{100, 37}, Case{2048, 1}}) {
    SCOPED_TRACE(one.tokens);
    const std::vector<Launch> all = attention(one.tokens, one.sequences, Bits::kFixed);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].entry, "rotate_and_write");
    EXPECT_EQ(all[0].config.grid, (cuda::Dim3{static_cast<uint32_t>(one.tokens), 1, 1}));
    EXPECT_EQ(all[1].entry, "context_attention");
    EXPECT_EQ(all[1].config.grid.y, 32u) << "a head has blocks of its own";
    EXPECT_EQ(all[1].config.cluster, cuda::Dim3{}) << "no splits";
    const std::vector<Launch> other = attention(1, 1, Bits::kFixed);
    EXPECT_EQ(all[1].config.shared_bytes, other[1].config.shared_bytes);
    EXPECT_EQ(all[1].config.block, other[1].config.block);
  }
  EXPECT_EQ(attention(4, 4, Bits::kFastest).size(), 1u) << "the default's is one launch";
}

// A kernel that nobody has looked at does not run: so every one says why it keeps bits, or another
// of the same layout can take its place for any number of tokens.
TEST(FixedBits, EveryKernelOfAGpuSaysWhyOrHasOneThatDoes) {
  size_t count = 0;
  for (const ops::OpDef* op : ops::all_ops()) {
    const auto kernels = kernels_for(op->info.name);
    for (const Kernel* kernel : kernels) {
      if (kernel->cuda == nullptr) continue;
      EXPECT_TRUE(std::ranges::any_of(kernels, [&](const Kernel* other) {
        return other->cuda != nullptr && other->layout == kernel->layout &&
               !other->cuda->fixed_bits.empty() && other->cuda->takes_any_number();
      })) << kernel->name;
      ++count;
    }
  }
  EXPECT_GE(count, 20u);
}

}  // namespace
}  // namespace lathe::kernels
