// SPDX-License-Identifier: Apache-2.0
// The CUDA records on a machine without a GPU: every one has a generator, its source compiles
// without spills, and its recipe asks for no more than an H100 has, whatever the number of tokens.
#include "lathe/kernels/device_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "lathe/kernels/kv_cache_view.h"
#include "lathe/kernels/mma_layout.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/rope_paged_attention.h"
#include "tests/support/golden_run.h"
#include "tests/support/launches_of.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::kernels {
namespace {

constexpr Target kH100 = {DeviceKind::kCuda, CpuIsa::kAvx2, 90};

struct Subject {
  std::string_view kernel;
  Problem problem;
};

Problem with_outputs(const ops::Op& op, std::vector<TensorType> inputs) {
  std::vector<TensorType> outputs = op.infer(inputs);
  return {op, std::move(inputs), std::move(outputs)};
}

const Dim& tokens() {
  static const Dim symbol = Dim::symbol("tokens");
  return symbol;
}

ops::Linear linear(DType dtype, Gate gate) {
  ops::Linear op;
  op.format.code_dtype = dtype;
  op.gated = gate == Gate::kGated;
  if (op.gated) op.activation = ops::UnaryKind::kSilu;
  return op;
}

Problem linear_problem(DType dtype, Gate gate) {
  ops::Linear op = linear(dtype, gate);
  op.bias = true;
  return with_outputs(op, {{dtype, {tokens(), 576}}, {dtype, {1536, 576}}, {dtype, {1536}}});
}

Problem norm_linear_problem(DType dtype, Gate gate) {
  return with_outputs(ops::NormLinear{{}, linear(dtype, gate)},
                      {{dtype, {tokens(), 576}}, {dtype, {576}}, {dtype, {1536, 576}}});
}

Problem rms_norm_problem(DType dtype) {
  const TensorType x{dtype, {tokens(), 576}};
  return with_outputs(ops::RmsNorm{.residual = true}, {x, x, {dtype, {576}}});
}

Problem attention_problem(DType dtype) {
  const Dim sequences = Dim::symbol("sequences");
  ops::RopePagedAttention op;
  op.rope.heads = 9;
  op.rope.rope.rotary_dims = 64;
  op.options.window = 100;
  op.options.sink_tokens = 4;
  return with_outputs(op, {{DType::kState, {3, 64}},
                           {dtype, {tokens(), int64_t{15} * 64}},
                           {DType::kI32, {tokens()}},
                           {DType::kI32, {sequences + 1}},
                           {DType::kI32, {sequences}},
                           {DType::kI32, {sequences, Dim::symbol("table_width")}}});
}

Problem paged_attention_problem(DType dtype) {
  const Dim sequences = Dim::symbol("sequences");
  return with_outputs(ops::PagedAttention{},
                      {{dtype, {tokens(), 9, 64}},
                       {DType::kState, {3, 64}},
                       {DType::kI32, {sequences + 1}},
                       {DType::kI32, {sequences}},
                       {DType::kI32, {sequences, Dim::symbol("table_width")}}});
}

std::vector<Subject> subjects() {
  return {{"linear.cuda.sm90.few", linear_problem(DType::kBf16, Gate::kNone)},
          {"linear.cuda.sm90.few.gated", linear_problem(DType::kF16, Gate::kGated)},
          {"linear.cuda.sm90.pair", linear_problem(DType::kBf16, Gate::kNone)},
          {"linear.cuda.sm90.pair.gated", linear_problem(DType::kF16, Gate::kGated)},
          {"linear.cuda.sm90.split", linear_problem(DType::kF16, Gate::kNone)},
          {"linear.cuda.sm90.split.gated", linear_problem(DType::kBf16, Gate::kGated)},
          {"linear.cuda.sm90.tile128", linear_problem(DType::kBf16, Gate::kNone)},
          {"linear.cuda.sm90.tile128.gated", linear_problem(DType::kF16, Gate::kGated)},
          {"linear.cuda.sm90.tile256", linear_problem(DType::kF16, Gate::kNone)},
          {"linear.cuda.sm90.tile256.gated", linear_problem(DType::kBf16, Gate::kGated)},
          {"norm_linear.cuda.sm90.few", norm_linear_problem(DType::kF16, Gate::kNone)},
          {"norm_linear.cuda.sm90.few.gated", norm_linear_problem(DType::kBf16, Gate::kGated)},
          {"norm_linear.cuda.sm90.pair", norm_linear_problem(DType::kF16, Gate::kNone)},
          {"norm_linear.cuda.sm90.pair.gated", norm_linear_problem(DType::kBf16, Gate::kGated)},
          {"norm_linear.cuda.sm90.split", norm_linear_problem(DType::kBf16, Gate::kNone)},
          {"norm_linear.cuda.sm90.split.gated", norm_linear_problem(DType::kF16, Gate::kGated)},
          {"norm_linear.cuda.sm90.tile128", norm_linear_problem(DType::kF16, Gate::kNone)},
          {"norm_linear.cuda.sm90.tile128.gated", norm_linear_problem(DType::kBf16, Gate::kGated)},
          {"norm_linear.cuda.sm90.tile256", norm_linear_problem(DType::kBf16, Gate::kNone)},
          {"norm_linear.cuda.sm90.tile256.gated", norm_linear_problem(DType::kF16, Gate::kGated)},
          {"linear.cuda.cublaslt", linear_problem(DType::kBf16, Gate::kNone)},
          {"linear.cuda.cublaslt.gated", linear_problem(DType::kF16, Gate::kGated)},
          {"norm_linear.cuda.cublaslt", norm_linear_problem(DType::kF16, Gate::kNone)},
          {"norm_linear.cuda.cublaslt.gated", norm_linear_problem(DType::kBf16, Gate::kGated)},
          {"rms_norm.cuda.rows", rms_norm_problem(DType::kBf16)},
          {"rope_paged_attention.cuda.sm90", attention_problem(DType::kBf16)},
          {"paged_attention.cuda.sm90", paged_attention_problem(DType::kBf16)}};
}

// Without weights of blocks and quantized operands: on a GPU there are none.
bool is_layer(const Problem& problem) {
  const auto* linear = problem.op.as<ops::Linear>();
  const auto* embedding = problem.op.as<ops::Embedding>();
  const auto* norm = problem.op.as<ops::RmsNorm>();
  const bool coded = (linear != nullptr && !linear->format.is_plain()) ||
                     (embedding != nullptr && !embedding->format.is_plain()) ||
                     (norm != nullptr && norm->quantize_block > 0);
  return !coded && std::none_of(problem.inputs.begin(), problem.inputs.end(),
                                [](const TensorType& type) { return bits_of(type.dtype) == 4; });
}

std::vector<const Kernel*> cuda_kernels() {
  std::vector<const Kernel*> out;
  for (const ops::OpDef* def : ops::all_ops()) {
    for (const Kernel* kernel : kernels_for(def->info.name)) {
      if (kernel->cuda != nullptr) out.push_back(kernel);
    }
  }
  return out;
}

// Golden problems of the kernel's op that it takes, `each` of every dtype at most: what
// lathe_gpu_tests runs on a GPU.
std::vector<Subject> golden_subjects(const Kernel& kernel, int each) {
  const std::string_view op = kernel.name.substr(0, kernel.name.find('.'));
  std::vector<Subject> out;
  std::map<DType, int> taken;
  for (const testing::GoldenProblem& golden : testing::golden_problems(op)) {
    for (const DType dtype : golden.dtypes) {
      const Problem problem = testing::golden_problem(op, golden, dtype);
      if (taken[dtype] == each || !kernel.supports(problem, kH100).ok) continue;
      ++taken[dtype];
      out.push_back({kernel.name, problem});
    }
  }
  return out;
}

TEST(DeviceCode, EveryCudaRecordHasAGeneratorAndASubject) {
  for (const ops::OpDef* def : ops::all_ops()) {
    for (const Kernel* kernel : kernels_for(def->info.name)) {
      EXPECT_EQ(kernel->cuda != nullptr, kernel->run == nullptr) << kernel->name;
      EXPECT_EQ(kernel->cuda != nullptr, has_device_code(kernel->name)) << kernel->name;
    }
  }
  const std::vector<Subject> listed = subjects();
  for (const Kernel* kernel : cuda_kernels()) {
    const bool is_listed = std::any_of(listed.begin(), listed.end(), [&](const Subject& subject) {
      return subject.kernel == kernel->name;
    });
    EXPECT_TRUE(is_listed || !golden_subjects(*kernel, 1).empty())
        << kernel->name << " takes no problem: add one";
  }
}

// Whatever a language model's layers are, some CUDA kernel takes them in bf16 and f16: of these
// ops every golden problem with floating operands of 16 bits.
TEST(DeviceCode, EveryLayerHasAKernel) {
  for (const char* op : {"embedding", "gather", "gated_activation", "kv_write", "layer_norm",
                         "linear", "norm_linear", "paged_attention", "pointwise_group", "rms_norm",
                         "rope", "rope_kv_write", "rope_paged_attention", "split"}) {
    for (const testing::GoldenProblem& golden : testing::golden_problems(op)) {
      for (const DType dtype : {DType::kBf16, DType::kF16}) {
        const Problem problem = testing::golden_problem(op, golden, dtype);
        if (!is_layer(problem)) continue;
        const auto kernels = kernels_for(op);
        EXPECT_TRUE(
            std::any_of(kernels.begin(), kernels.end(),
                        [&](const Kernel* kernel) { return kernel->supports(problem, kH100).ok; }))
            << op << " " << golden.name;
      }
    }
  }
}

TEST(DeviceCode, RecordsRefuseWithReasons) {
  for (const Subject& subject : subjects()) {
    const Kernel& kernel = *find_kernel(subject.kernel);
    EXPECT_TRUE(kernel.supports(subject.problem, kH100).ok) << subject.kernel;
    const Support on_cpu = kernel.supports(subject.problem, {});
    EXPECT_FALSE(on_cpu.ok) << subject.kernel;
    EXPECT_EQ(on_cpu.why_not, "runs on a GPU") << subject.kernel;
    Target older = kH100;
    older.sm = 80;
    EXPECT_FALSE(kernel.supports(subject.problem, older).ok) << subject.kernel;
  }
  const Kernel& plain = *find_kernel("linear.cuda.sm90.split");
  EXPECT_EQ(plain.supports(linear_problem(DType::kBf16, Gate::kGated), kH100).why_not, "is gated");
  EXPECT_EQ(plain.supports(linear_problem(DType::kF32, Gate::kNone), kH100).why_not,
            "takes bf16 or f16, x is f32");
}

using DeviceSources = lathe::testing::NeedsNvrtc;

// Equal ones are compiled once.
TEST_F(DeviceSources, CompileWithoutSpills) {
  const cuda::Nvrtc nvrtc = cuda::Nvrtc::open();
  std::vector<Subject> all = subjects();
  for (const Kernel* kernel : cuda_kernels()) {
    if (kernel->name.find(".sm90") != std::string_view::npos) continue;  // among the subjects
    for (Subject& subject : golden_subjects(*kernel, 1)) all.push_back(std::move(subject));
  }
  std::map<std::string, std::string_view> sources;
  for (const Subject& subject : all) {
    sources.emplace(device_code(subject.kernel, subject.problem), subject.kernel);
  }
  for (const auto& [source, kernel] : sources) {
    const cuda::CompiledKernel compiled =
        nvrtc.compile({.name = std::string(kernel), .source = source, .options = {}});
    EXPECT_FALSE(compiled.entries.empty()) << kernel;
  }
}

// Views of a step of `count` tokens; the first is the state where the op has one.
std::vector<TensorView> views(const std::vector<TensorType>& types, const DimBindings& sizes,
                              KvCacheView* cache) {
  std::vector<TensorView> out;
  for (const TensorType& type : types) {
    void* data = type.dtype == DType::kState ? cache : nullptr;
    out.push_back(TensorView::contiguous(data, type.dtype, type.shape.evaluate(sizes)));
  }
  return out;
}

void expect_possible(const Launch& launch, std::string_view kernel) {
  EXPECT_LE(launch.config.shared_bytes, 227u * 1024 - 20 * 1024) << kernel;  // static ones beside
  EXPECT_LE(launch.config.block.x, 1024u) << kernel;
  EXPECT_GE(launch.config.grid.x * launch.config.grid.y * launch.config.grid.z, 1u) << kernel;
  EXPECT_EQ(launch.config.grid.x % launch.config.cluster.x, 0u) << kernel;
}

TEST(DeviceCode, RecipesFitAnH100) {
  for (const Subject& subject : subjects()) {
    const Kernel& kernel = *find_kernel(subject.kernel);
    for (const int64_t count : {1, 2, 7, 8, 9, 16, 33, 64, 65, 300, 5000}) {
      if (!kernel.cuda->takes(count)) continue;
      for (const int64_t sequences : {int64_t{1}, count}) {
        const DimBindings sizes = {{"tokens", count}, {"sequences", sequences}, {"table_width", 9}};
        KvCacheView cache{nullptr, nullptr, DType::kBf16, 9, 64, 3, 64};
        const std::vector<TensorView> inputs = views(subject.problem.inputs, sizes, &cache);
        const std::vector<TensorView> outputs = views(subject.problem.outputs, sizes, &cache);
        const std::vector<Launch> launches =
            testing::launches_of(kernel.cuda->launches({.op = subject.problem.op,
                                                        .inputs = inputs,
                                                        .outputs = outputs,
                                                        .workspace = nullptr,
                                                        .num_processors = 132}));
        EXPECT_FALSE(launches.empty()) << subject.kernel;
        for (const Launch& launch : launches) expect_possible(launch, subject.kernel);
      }
    }
  }
}

// The launches of a gated layer with its norm, or of a plain one without.
std::vector<Launch> split_launches(bool with_norm, int64_t tokens) {
  const Gate gate = with_norm ? Gate::kGated : Gate::kNone;
  const Problem problem =
      with_norm ? norm_linear_problem(DType::kBf16, gate) : linear_problem(DType::kBf16, gate);
  const char* name = with_norm ? "norm_linear.cuda.sm90.split.gated" : "linear.cuda.sm90.split";
  std::vector<TensorView> inputs = views(problem.inputs, {{"tokens", tokens}}, nullptr);
  const std::vector<TensorView> outputs = views(problem.outputs, {{"tokens", tokens}}, nullptr);
  for (TensorView& input : inputs) input.data = inputs.data();  // somewhere
  return testing::launches_of(find_kernel(name)->cuda->launches(
      {.op = problem.op, .inputs = inputs, .outputs = outputs, .num_processors = 132}));
}

// So that Llama 3 8B's generation step stays below 165 nodes.
TEST(DeviceCode, ANormIsPartOfTheLinearLayerBehindItUpTo64Tokens) {
  for (const int64_t tokens : {9, 16, 17, 63, 64}) {
    EXPECT_EQ(split_launches(true, tokens).size(), 1u) << tokens;
  }
}

// A multiprocessor has 228 KB of shared memory, of which the system takes 1 KB a block; what the
// blocks declare statically is less than another one.
TEST(DeviceCode, ABlockOfALayerHasAMultiprocessorOfItsOwn) {
  for (const int64_t tokens : {9, 16, 32, 64}) {
    for (const bool with_norm : {false, true}) {
      const int64_t bytes = split_launches(with_norm, tokens)[0].config.shared_bytes + 2048;
      EXPECT_LE(bytes, 228 * 1024) << tokens;
      EXPECT_GT(2 * bytes, 228 * 1024) << tokens;
    }
  }
}

// Every entry that a recipe names is in the source that belongs to it, and odd sizes are possible.
TEST(DeviceCode, RecipesNameEntriesOfTheirSources) {
  for (const Kernel* kernel : cuda_kernels()) {
    for (const Subject& subject : golden_subjects(*kernel, 100)) {
      const Problem& problem = subject.problem;
      if (!kernel->cuda->takes(testing::tokens_of(problem))) continue;
      KvCacheView cache{nullptr, nullptr, DType::kF32, 9, 64, 1, 8};
      for (const TensorType& type : problem.inputs) {
        if (type.dtype != DType::kState) continue;
        cache.kv_heads = type.shape[0].value();
        cache.head_dim = type.shape[1].value();
        cache.dtype = problem.outputs[0].dtype == DType::kState ? problem.inputs[1].dtype
                                                                : problem.outputs[0].dtype;
      }
      const std::vector<TensorView> inputs = views(problem.inputs, {}, &cache);
      const std::vector<TensorView> outputs = views(problem.outputs, {}, &cache);
      const std::string source = device_code(kernel->name, problem);
      for (const Launch& launch : testing::launches_of(kernel->cuda->launches(
               {.op = problem.op, .inputs = inputs, .outputs = outputs, .num_processors = 132}))) {
        expect_possible(launch, kernel->name);
        const std::string entry(launch.entry.substr(0, launch.entry.rfind('_')));
        EXPECT_NE(source.find(entry), std::string::npos) << kernel->name << " " << launch.entry;
      }
    }
  }
}

// The element of a packed weight, by the fragment layout of mma.m16n8k16.
uint16_t packed_at(const std::byte* packed, int64_t row, int64_t column, int64_t steps) {
  const int64_t chunk = (row / 16 * steps + column / 64) * kMmaChunkBytes;
  const int64_t in_row = row % 16, in_block = column % 16;
  const int64_t lane = in_row % 8 * 4 + in_block % 8 / 2;
  const int64_t reg = in_row / 8 + in_block / 8 * 2;
  const int64_t offset = chunk + column % 64 / 16 * 512 + lane * 16 + reg * 4 + in_block % 2 * 2;
  uint16_t out = 0;
  std::copy_n(packed + offset, 2, reinterpret_cast<std::byte*>(&out));
  return out;
}

TEST(MmaLayout, PacksFragmentsAndPads) {
  constexpr int64_t kRows = 30, kColumns = 72;
  ops::CanonicalTensor weight{{}, Tensor(DType::kBf16, {kRows, kColumns}), {}, {}};
  weight.format.code_dtype = DType::kBf16;
  for (int64_t i = 0; i < kRows * kColumns; ++i) {
    weight.values.values<uint16_t>()[static_cast<size_t>(i)] = static_cast<uint16_t>(i + 1);
  }
  for (const Layout* layout : {&kMmaLayout, &kMmaGatedLayout}) {
    std::vector<std::byte> packed(
        static_cast<size_t>(layout->packed_bytes(weight.format, kRows, kColumns)));
    layout->pack(weight, 0, kRows, packed.data());
    for (int64_t row = 0; row < kRows; ++row) {
      const int64_t place = layout == &kMmaLayout ? row : mma_gated_row(row, kRows);
      for (int64_t column = 0; column < 128; ++column) {
        const int64_t want = column < kColumns ? row * kColumns + column + 1 : 0;
        ASSERT_EQ(packed_at(packed.data(), place, column, 2), want) << row << " " << column;
      }
    }
  }
}

}  // namespace
}  // namespace lathe::kernels
