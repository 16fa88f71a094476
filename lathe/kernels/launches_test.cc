// SPDX-License-Identifier: Apache-2.0
// The recipes of CUDA kernels without a GPU: grids worked out by hand from what a block does, the
// operands that launches are handed, and sources that serve every number of tokens.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "lathe/kernels/device_code.h"
#include "lathe/kernels/kv_cache_view.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/pointwise_group.h"
#include "lathe/ops/rope_paged_attention.h"
#include "tests/support/launches_of.h"
#include "tests/support/text_problem.h"

namespace lathe::kernels {
namespace {

using cuda::Dim3;
using testing::text_problem;

constexpr int kProcessors = 132;

// A step of a problem: operands at addresses that tell them apart.
class Step {
 public:
  Step(Problem problem, const DimBindings& sizes) : problem_(std::move(problem)) {
    for (const TensorType& type : problem_.inputs) inputs.push_back(view(type, sizes));
    for (const TensorType& type : problem_.outputs) {
      outputs.push_back(type.dtype == DType::kState ? inputs[0] : view(type, sizes));
    }
  }
  std::vector<Launch> launches(std::string_view kernel) const {
    return testing::launches_of(
        find_kernel(kernel)->cuda->launches({.op = problem_.op,
                                             .inputs = inputs,
                                             .outputs = outputs,
                                             .workspace = workspace(),
                                             .num_processors = kProcessors}));
  }
  static void* workspace() { return address(99); }

  std::vector<TensorView> inputs, outputs;

 private:
  static void* address(uintptr_t number) {
    return reinterpret_cast<void*>(number << 32);  // NOLINT(performance-no-int-to-ptr)
  }
  TensorView view(const TensorType& type, const DimBindings& sizes) {
    if (type.dtype == DType::kState) {
      const DType dtype = problem_.inputs[problem_.inputs[0].dtype == DType::kState ? 1 : 0].dtype;
      cache_ = {address(50),           address(51),          dtype, 9, 64,
                type.shape[0].value(), type.shape[1].value()};
      return TensorView::contiguous(&cache_, DType::kState, type.shape.evaluate(sizes));
    }
    return TensorView::contiguous(address(++next_), type.dtype, type.shape.evaluate(sizes));
  }

  Problem problem_;
  KvCacheView cache_{};
  uintptr_t next_ = 0;
};

// Whether the launch's parameter holds an address of the operand's bytes.
bool has(Launch& launch, const TensorView& operand) {
  const auto* bytes = static_cast<const std::byte*>(launch.parameter.data());
  const auto begin = reinterpret_cast<uintptr_t>(operand.data);
  for (size_t at = 0; at + sizeof(uintptr_t) <= 256; at += sizeof(uintptr_t)) {
    uintptr_t word = 0;
    std::memcpy(&word, bytes + at, sizeof word);
    if (word >= begin && word < begin + static_cast<uintptr_t>(operand.num_bytes())) return true;
  }
  return false;
}
bool has_workspace(Launch& launch) {
  const int64_t size[] = {1 << 30};
  return has(launch, TensorView::contiguous(Step::workspace(), DType::kU8, size));
}

ops::Linear bf16_linear() {
  ops::Linear op;
  op.format.code_dtype = DType::kBf16;
  return op;
}

ops::RopePagedAttention attention() {
  ops::RopePagedAttention op;
  op.rope = {.rope = {.rotary_dims = 64}, .heads = 4};
  return op;
}

constexpr std::string_view kAttentionTypes =
    "state[2,64] bf16[t,512] i32[t] i32[s+1] i32[s] i32[s,9]";

struct Expected {
  std::string_view entry;
  Dim3 grid;
  uint32_t threads;
};
struct Case {
  std::string_view kernel;
  ops::Op op;
  std::string_view inputs;
  int64_t tokens, sequences;
  std::vector<Expected> launches;
};

std::vector<Case> cases() {
  const ops::Op norm_linear = ops::NormLinear{{}, bf16_linear()};
  return {
      // A block of 256 threads an element, or a warp or a block a row.
      {"gated_activation.cuda.any",
       ops::GatedActivation{},
       "bf16[t,200]",
       10,
       1,
       {{"gated_activation", {4}, 256}}},
      {"gather.cuda.rows",
       ops::Gather{},
       "bf16[50,64] i32[t]",
       65,
       1,
       {{"gather_16", {3}, 256}}},  // units of 16 bytes: 8 a row
      {"gather.cuda.rows", ops::Gather{}, "bf16[50,3] i32[t]", 65, 1, {{"gather_2", {1}, 256}}},
      {"layer_norm.cuda.any",
       ops::LayerNorm{},
       "bf16[t,64] bf16[64]",
       10,
       1,
       {{"layer_norm", {2}, 256}}},
      {"layer_norm.cuda.any",
       ops::LayerNorm{},
       "bf16[t,2048] bf16[2048]",
       10,
       1,
       {{"layer_norm", {10}, 256}}},
      {"rms_norm.cuda.any",
       ops::RmsNorm{},
       "f32[t,1025] f32[1025]",
       3,
       1,
       {{"rms_norm_any", {3}, 256}}},
      // A block a row, or a token.
      {"rms_norm.cuda.rows",
       ops::RmsNorm{},
       "bf16[t,64] bf16[64]",
       10,
       1,
       {{"rms_norm", {10}, 256}}},
      {"embedding.cuda.rows",
       ops::Embedding{.format = {.code_dtype = DType::kBf16}, .dtype = DType::kBf16},
       "i32[t] bf16[50,64]",
       7,
       1,
       {{"embedding_8", {7}, 256}}},
      {"embedding.cuda.rows",
       ops::Embedding{.format = {.code_dtype = DType::kF32}, .dtype = DType::kBf16},
       "i32[t] f32[50,4096]",
       7,
       1,
       {{"embedding_8", {7, 2}, 256}}},  // 2048 elements a block
      {"embedding.cuda.rows",
       ops::Embedding{.format = {.code_dtype = DType::kBf16}, .dtype = DType::kBf16},
       "i32[t] bf16[50,516]",
       7,
       1,
       {{"embedding_1", {7, 3}, 256}}},
      {"rope.cuda.any",
       ops::Rope{.rotary_dims = 64},
       "bf16[t,2,64] i32[t]",
       7,
       1,
       {{"rope_any", {7}, 256}}},
      {"kv_write.cuda.any",
       ops::KvWrite{},
       "state[2,64] bf16[t,2,64] bf16[t,2,64] i32[t] i32[s+1] i32[s,9]",
       7,
       2,
       {{"kv_write", {7}, 256}}},
      // Tiles of 32 x 32: tokens along x, rows of y along y.
      {"linear.cuda.any",
       bf16_linear(),
       "bf16[t,60] bf16[33,60]",
       65,
       1,
       {{"linear_any", {3, 2}, 256}}},
      {"norm_linear.cuda.any",
       norm_linear,
       "bf16[t,64] bf16[64] bf16[32,64]",
       9,
       1,
       {{"rms_norm_any", {2}, 256}, {"linear_any", {1, 1}, 256}}},
      // A token along x, a head along y.
      {"paged_attention.cuda.any",
       ops::PagedAttention{},
       "bf16[t,4,64] state[2,64] i32[s+1] i32[s] i32[s,9]",
       7,
       2,
       {{"paged_attention_any", {7, 4}, 128}}},
      {"rope_paged_attention.cuda.any",
       attention(),
       kAttentionTypes,
       7,
       2,
       {{"rope_kv_write", {7}, 256}, {"paged_attention_any", {7, 4}, 128}}},
      {"rope_kv_write.cuda.any",
       ops::RopeKvWrite{.rope = {.rotary_dims = 64}, .heads = 4},
       "state[2,64] bf16[t,512] i32[t] i32[s+1] i32[s,9]",
       7,
       2,
       {{"rope_kv_write", {7}, 256}}},
      {"paged_attention.cuda.sm90",
       ops::PagedAttention{},
       "bf16[t,4,64] state[2,64] i32[s+1] i32[s] i32[s,9]",
       40,
       40,
       {{"generation_few", {4, 2, 40}, 128}}},
      // Tensor cores: tiles of 64 tokens a sequence, one more each that is not full.
      {"rope_paged_attention.cuda.sm90",
       attention(),
       kAttentionTypes,
       200,
       3,
       {{"rotate_and_write", {200}, 128}, {"context_attention", {6, 4}, 128}}},
      // A token a sequence: a cluster of splits a sequence and group of heads, while all fit.
      {"rope_paged_attention.cuda.sm90",
       attention(),
       kAttentionTypes,
       1,
       1,
       {{"generation_few", {8, 2, 1}, 128}}},
      {"rope_paged_attention.cuda.sm90",
       attention(),
       kAttentionTypes,
       40,
       40,
       {{"generation_few", {4, 2, 40}, 128}}},
      {"rope_paged_attention.cuda.sm90",
       attention(),
       kAttentionTypes,
       300,
       300,
       {{"generation_many", {1, 2, 300}, 128}}},
      // 1536 rows are 96 groups of 16 and 12 tiles of 128; 576 columns are 9 chunks of 64.
      {"linear.cuda.sm90.few",
       bf16_linear(),
       "bf16[t,576] bf16[1536,576]",
       1,
       1,
       {{"linear_1", {96}, 288}}},
      {"linear.cuda.sm90.few",
       bf16_linear(),
       "bf16[t,576] bf16[1536,576]",
       5,
       1,
       {{"linear_8", {96}, 288}}},
      {"linear.cuda.sm90.few",
       bf16_linear(),
       "bf16[t,576] bf16[4096,576]",
       2,
       1,
       {{"linear_2", {132}, 288}}},
      {"linear.cuda.sm90.few",
       bf16_linear(),
       "bf16[t,8192] bf16[1536,8192]",
       8,
       1,
       {{"linear_streamed_8", {96}, 416}}},
      {"linear.cuda.sm90.split",
       bf16_linear(),
       "bf16[t,576] bf16[1536,576]",
       16,
       1,
       {{"linear_split_16", {96}, 384}}},  // a group of 16 rows each
      {"linear.cuda.sm90.split",
       bf16_linear(),
       "bf16[t,576] bf16[1536,576]",
       33,
       1,
       {{"linear_split_64", {96}, 384}}},
      {"linear.cuda.sm90.split",
       bf16_linear(),
       "bf16[t,4096] bf16[4096,4096]",
       64,
       1,
       {{"linear_split_64", {128}, 384}}},  // clusters of two, four groups each
      {"linear.cuda.sm90.tile128",
       bf16_linear(),
       "bf16[t,576] bf16[1536,576]",
       65,
       1,
       {{"linear_tile_128", {1, 12}, 384}}},
      {"linear.cuda.sm90.tile256",
       bf16_linear(),
       "bf16[t,576] bf16[1536,576]",
       700,
       1,
       {{"linear_tile_256", {3, 12}, 384}}},
      {"norm_linear.cuda.sm90.few",
       norm_linear,
       "bf16[t,576] bf16[576] bf16[1536,576]",
       4,
       1,
       {{"linear_4", {96}, 288}}},  // normalised where it is read
      {"norm_linear.cuda.sm90.tile128",
       norm_linear,
       "bf16[t,576] bf16[576] bf16[1536,576]",
       100,
       1,
       {{"rms_norm", {100}, 256}, {"linear_tile_128", {1, 12}, 384}}},
      {"norm_linear.cuda.sm90.split",
       norm_linear,
       "bf16[t,576] bf16[576] bf16[1536,576]",
       16,
       1,
       {{"linear_split_16", {96}, 384}}},
      {"norm_linear.cuda.sm90.tile256",
       norm_linear,
       "bf16[t,576] bf16[576] bf16[1536,576]",
       700,
       1,
       {{"rms_norm", {700}, 256}, {"linear_tile_256", {3, 12}, 384}}},
      // Copies: a launch a piece, in the widest units that lengths and offsets allow.
      {"split.cuda.strided",
       ops::Split{.axis = -1, .sizes = {8, 24}},
       "bf16[t,32]",
       100,
       1,
       {{"copy_16", {1}, 256}, {"copy_16", {2}, 256}}},
      {"split.cuda.strided",
       ops::Split{.axis = -1, .sizes = {3, 29}},
       "bf16[t,32]",
       100,
       1,
       {{"copy_2", {2}, 256}, {"copy_2", {12}, 256}}},
      {"concat.cuda.strided",
       ops::Concat{.axis = 0},
       "f32[t,3] f32[2,3]",
       100,
       1,
       {{"copy_16", {1}, 256}, {"copy_8", {1}, 256}}},
      {"transpose.cuda.strided",
       ops::Transpose{.permutation = {1, 0}},
       "f32[t,32]",
       100,
       1,
       {{"copy_4", {13}, 256}}},
      {"slice.cuda.strided",
       ops::Slice{.axis = -1, .start = 8, .stop = 24},
       "bf16[t,32]",
       100,
       1,
       {{"copy_16", {1}, 256}}},
      {"broadcast_to.cuda.strided",
       ops::BroadcastTo{.shape = {Dim::symbol("t"), 32}},
       "bf16[t,1]",
       100,
       1,
       {{"copy_2", {13}, 256}}},
      // A generated loop has a thread an element.
      {"unary.cuda.generated",
       ops::Unary{ops::UnaryKind::kExp},
       "bf16[t,200]",
       10,
       1,
       {{"pointwise", {8}, 256}}},
      {"binary.cuda.generated",
       ops::Binary{ops::BinaryKind::kAdd},
       "bf16[t,200] bf16[t,200]",
       10,
       1,
       {{"pointwise", {8}, 256}}},
      {"compare.cuda.generated",
       ops::Compare{ops::CompareKind::kEq},
       "bf16[t,200] bf16[t,200]",
       10,
       1,
       {{"pointwise", {8}, 256}}},
      {"where.cuda.generated",
       ops::Where{},
       "bool[t,200] bf16[t,200] bf16[t,200]",
       10,
       1,
       {{"pointwise", {8}, 256}}},
      {"cast.cuda.generated",
       ops::Cast{DType::kF32},
       "bf16[t,200]",
       10,
       1,
       {{"pointwise", {8}, 256}}},
      {"pointwise_group.cuda.generated",
       ops::PointwiseGroup{{{ops::Unary{ops::UnaryKind::kExp}, {0}}}, {1}},
       "bf16[t,200]",
       10,
       1,
       {{"pointwise", {8}, 256}}},
  };
}

Step step_of(const Case& one) {
  return {text_problem(one.op, one.inputs), {{"t", one.tokens}, {"s", one.sequences}}};
}

TEST(Launches, HaveTheGridsOfTheirBlocks) {
  for (const Case& one : cases()) {
    const std::vector<Launch> launches = step_of(one).launches(one.kernel);
    ASSERT_EQ(launches.size(), one.launches.size()) << one.kernel;
    for (size_t i = 0; i < launches.size(); ++i) {
      const std::string where = cat(one.kernel, " on ", one.tokens, " tokens, launch ", i);
      EXPECT_EQ(launches[i].entry, one.launches[i].entry) << where;
      const Dim3 grid = launches[i].config.grid, wanted = one.launches[i].grid;
      EXPECT_EQ(grid, wanted) << where << ": " << grid.x << " " << grid.y << " " << grid.z;
      EXPECT_EQ(launches[i].config.block.x, one.launches[i].threads) << where;
    }
  }
}

// Of what is computed: every operand stands in some launch; of a chain, what one leaves in the
// workspace the next one takes.
TEST(Launches, AreHandedEveryOperand) {
  for (const Case& one : cases()) {
    const Step step = step_of(one);
    std::vector<Launch> launches = step.launches(one.kernel);
    for (const auto* operands : {&step.inputs, &step.outputs}) {
      for (size_t i = 0; i < operands->size(); ++i) {
        if ((*operands)[i].dtype == DType::kState) continue;
        EXPECT_TRUE(std::ranges::any_of(
            launches, [&](Launch& launch) { return has(launch, (*operands)[i]); }))
            << one.kernel << ": operand " << i
            << (operands == &step.inputs ? "" : " that it gives");
      }
    }
    const bool chained = launches.size() == 2 && !one.kernel.ends_with(".strided");
    if (!chained) continue;
    EXPECT_TRUE(has_workspace(launches[0])) << one.kernel;
    EXPECT_TRUE(has_workspace(launches[1])) << one.kernel;
  }
}

TEST(Launches, MayAllOverlapTheirPredecessor) {
  for (const Case& one : cases()) {
    for (const Launch& launch : step_of(one).launches(one.kernel)) {
      EXPECT_EQ(launch.config.overlap, cuda::Overlap::kProgrammatic) << one.kernel;
    }
  }
}

TEST(Launches, OfNoTokensAreNone) {
  for (Case& one : cases()) {
    one.tokens = 0;
    const bool constant = one.kernel.starts_with("concat");  // its other operand has rows
    EXPECT_EQ(step_of(one).launches(one.kernel).size(), constant ? 1u : 0u) << one.kernel;
  }
}

// A device takes fewer blocks along y and z than a step may have tokens or sequences.
TEST(Launches, OfVastStepsFitADevice) {
  constexpr int64_t kVast = 3'000'000;
  struct Size {
    int64_t tokens, sequences;
  };
  for (Case one : cases()) {
    const int64_t most = find_kernel(one.kernel)->cuda->max_tokens;
    for (const Size& size : {Size{kVast, 1}, Size{kVast, kVast}, Size{65535, 65535}}) {
      one.tokens = most == 0 ? size.tokens : most;
      one.sequences = size.sequences;
      for (const Launch& launch : step_of(one).launches(one.kernel)) {
        EXPECT_LE(launch.config.grid.x, 0x7fffffffu) << one.kernel << " " << launch.entry;
        EXPECT_LE(launch.config.grid.y, cuda::kMaxGridYz) << one.kernel << " " << launch.entry;
        EXPECT_LE(launch.config.grid.z, cuda::kMaxGridYz) << one.kernel << " " << launch.entry;
      }
    }
  }
}

// The cases above name every record but those with products, which linear/cuda_cublaslt_test.cc
// has.
TEST(Launches, AreThoseOfEveryRecord) {
  std::set<std::string_view> known;
  for (const Case& one : cases()) known.insert(one.kernel);
  for (const ops::OpDef* op : ops::all_ops()) {
    for (const Kernel* kernel : kernels_for(op->info.name)) {
      const bool gated = kernel->name.ends_with(".gated");  // the same recipe
      if (kernel->cuda == nullptr || gated) continue;
      if (kernel->cuda->library != DeviceLibrary::kNone) continue;
      EXPECT_TRUE(known.contains(kernel->name)) << kernel->name;
    }
  }
}

// One source serves every step: sizes of the run stay parameters.
TEST(Sources, DoNotDependOnTheTokens) {
  for (const Case& one : cases()) {
    const Problem symbolic = text_problem(one.op, one.inputs);
    const std::string source = device_code(one.kernel, symbolic);
    EXPECT_EQ(source.find("#include"), std::string::npos) << one.kernel;
    EXPECT_NE(source.find("extern \"C\""), std::string::npos) << one.kernel;
    // A generated loop, and a shape that is an attribute, are over the shapes themselves.
    if (one.kernel.ends_with(".generated") || one.kernel.starts_with("broadcast_to")) continue;
    Problem fixed{one.op, {}, {}};
    for (const TensorType& type : symbolic.inputs) {
      const std::vector<int64_t> sizes = type.shape.evaluate({{"t", 5}, {"s", 5}});
      fixed.inputs.push_back({type.dtype, Shape(std::vector<Dim>(sizes.begin(), sizes.end()))});
    }
    fixed.outputs = one.op.infer(fixed.inputs);
    EXPECT_EQ(device_code(one.kernel, fixed), source) << one.kernel;
  }
}

// What an op's attributes and the dtypes say has to reach the source.
TEST(Sources, DependOnWhatTheyCompute) {
  const auto differ = [](std::string_view kernel, const ops::Op& a, const ops::Op& b,
                         std::string_view types) {
    EXPECT_NE(device_code(kernel, text_problem(a, types)),
              device_code(kernel, text_problem(b, types)))
        << kernel << ": " << b.attributes_json().dump();
  };
  ops::Linear silu = bf16_linear(), f32_out = bf16_linear();
  silu.activation = ops::UnaryKind::kSilu;
  f32_out.dtype = DType::kF32;
  for (const char* kernel :
       {"linear.cuda.sm90.few", "linear.cuda.sm90.tile256", "linear.cuda.any"}) {
    differ(kernel, bf16_linear(), silu, "bf16[t,64] bf16[32,64]");
    differ(kernel, bf16_linear(), f32_out, "bf16[t,64] bf16[32,64]");
  }
  differ("rms_norm.cuda.rows", ops::RmsNorm{}, ops::RmsNorm{.eps = 1e-6f}, "bf16[t,64] bf16[64]");
  ops::RopePagedAttention window = attention(), cap = attention(), theta = attention();
  window.options.window = 128;
  cap.options.soft_cap = 30;
  theta.rope.rope.theta = 5e5f;
  for (const auto& other : {window, cap, theta}) {
    differ("rope_paged_attention.cuda.sm90", attention(), other, kAttentionTypes);
    differ("rope_paged_attention.cuda.any", attention(), other, kAttentionTypes);
  }
  EXPECT_NE(device_code("rms_norm.cuda.rows", text_problem(ops::RmsNorm{}, "bf16[t,64] bf16[64]")),
            device_code("rms_norm.cuda.rows", text_problem(ops::RmsNorm{}, "f16[t,64] f16[64]")));
}

TEST(Sources, OfAnUnknownKernelAreRefused) {
  EXPECT_THROW(device_code("linear.cpu.ref", text_problem(bf16_linear(), "bf16[1,8] bf16[8,8]")),
               Error);
  EXPECT_FALSE(has_device_code("linear.cpu.ref"));
}

}  // namespace
}  // namespace lathe::kernels
