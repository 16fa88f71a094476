// SPDX-License-Identifier: Apache-2.0
// Why kernels say no, in the words that `lathe inspect` shows: one condition a row, everything else
// as the kernel wants it.
#include <gtest/gtest.h>

#include "lathe/kernels/kernel.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/quantize.h"
#include "lathe/ops/reduce.h"
#include "lathe/ops/rope_kv_write.h"
#include "lathe/ops/rope_paged_attention.h"
#include "tests/support/text_problem.h"

namespace lathe::kernels {
namespace {

constexpr Target kAvx2{.device = DeviceKind::kCpu, .isa = CpuIsa::kAvx2};
constexpr Target kAvx512{.device = DeviceKind::kCpu, .isa = CpuIsa::kAvx512};
constexpr Target kVnni{.device = DeviceKind::kCpu, .isa = CpuIsa::kVnni};
constexpr Target kH100{.device = DeviceKind::kCuda, .sm = 90};
constexpr Target kB200{.device = DeviceKind::kCuda, .sm = 100};

struct Row {
  std::string_view kernel;
  ops::Op op;
  std::string_view inputs;  // types, between spaces
  Target target;
  std::string_view why_not;  // empty: it takes the problem
};

void expect_answers(std::span<const Row> rows) {
  for (const Row& row : rows) {
    const Kernel* kernel = find_kernel(row.kernel);
    ASSERT_NE(kernel, nullptr) << row.kernel;
    const Support support = with_context(row.kernel, [&] {
      return kernel->supports(testing::text_problem(row.op, row.inputs), row.target);
    });
    EXPECT_EQ(support.why_not, row.why_not) << row.kernel << " on " << row.inputs;
    EXPECT_EQ(support.ok, row.why_not.empty()) << row.kernel << " on " << row.inputs;
  }
}

ops::WeightFormatDesc plain(DType dtype) { return {.code_dtype = dtype}; }
ops::WeightFormatDesc q4_1() {
  return {.name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true};
}
ops::WeightFormatDesc q8_0(int64_t block = 32) {
  return {.name = "q8_0", .code_dtype = DType::kI8, .block_cols = block};
}
ops::Linear linear(const ops::WeightFormatDesc& format, int64_t input_block = 0) {
  return {.format = format, .input_block = input_block, .dtype = DType::kF32};
}
ops::Linear gated(ops::Linear op) {
  op.gated = true;
  op.activation = ops::UnaryKind::kSilu;
  return op;
}
ops::Linear with_residual(ops::Linear op) {
  op.residual = true;
  return op;
}

constexpr std::string_view kF32Weight = "f32[t,64] f32[32,64]";
constexpr std::string_view kCoded = "i8[t,64] f32[t,2] i8[32,64] f16[32,2]";

TEST(Refusals, OfLinearOnACpu) {
  const ops::Linear f32 = linear(plain(DType::kF32)), q8 = linear(q8_0(), 32);
  const Row rows[] = {
      {"linear.cpu.avx2.f32", f32, kF32Weight, kAvx2, ""},
      {"linear.cpu.avx2.f32", f32, kF32Weight, kVnni, ""},
      {"linear.cpu.avx512.f32", f32, kF32Weight, kAvx2, "needs avx512, the target is avx2"},
      {"linear.cpu.avx2.f32", f32, kF32Weight, kH100, "runs on a CPU"},
      {"linear.cpu.avx2.bf16", f32, kF32Weight, kAvx2,
       "for plain weights of another dtype than plain f32"},
      {"linear.cpu.avx2.f32", f32, "bf16[t,64] f32[32,64]", kAvx2, "reads x of f32, got bf16"},
      {"linear.cpu.avx2.f32.gated", f32, kF32Weight, kAvx2,
       "packs weights that are gated, these are not gated"},
      {"linear.cpu.avx2.f32", gated(f32), kF32Weight, kAvx2,
       "packs weights that are not gated, these are gated"},
      {"linear.cpu.avx2.f32", with_residual(f32), "f32[t,64] f32[32,64] bf16[t,32]", kAvx2,
       "adds a residual of f32, got bf16"},
      {"linear.cpu.avx2.f32", linear(q8_0()), "f32[t,64] i8[32,64] f16[32,2]", kAvx2,
       "for plain weights of another dtype than q8_0 i8"},
      {"linear.cpu.vnni.q8_0", q8, kCoded, kVnni, ""},
      {"linear.cpu.vnni.q8_0", q8, kCoded, kAvx512, "needs vnni, the target is avx512"},
      {"linear.cpu.avx512.q8_0", q8, kCoded, kAvx512, ""},
      {"linear.cpu.avx512.q4_1", q8, kCoded, kAvx512, "for another block format than q8_0"},
      {"linear.cpu.avx2.q8_0", linear(q8_0()), "f32[t,64] i8[32,64] f16[32,2]", kAvx2,
       "needs x quantized in blocks of 32"},
      {"linear.cpu.avx2.q4_1", linear(q4_1(), 32),
       "i8[t,64] f32[t,2] u4[32,64] f16[32,2] f16[32,2]", kAvx2, ""},
      {"linear.cpu.ref", f32, kF32Weight, kAvx2, ""},
      {"linear.cpu.ref", f32, kF32Weight, kH100, "runs on a CPU, not on cuda"},
  };
  expect_answers(rows);
}

TEST(Refusals, OfLinearOnAGpu) {
  const ops::Linear bf16{.format = plain(DType::kBf16)};
  ops::Linear rounded = bf16;
  rounded.activation = ops::UnaryKind::kRound;
  const Row rows[] = {
      {"linear.cuda.sm90.few", bf16, "bf16[t,64] bf16[32,64]", kH100, ""},
      {"linear.cuda.sm90.few", bf16, "bf16[t,64] bf16[32,64]", kAvx2, "runs on a GPU"},
      {"linear.cuda.sm90.few", bf16, "bf16[t,64] bf16[32,64]", kB200,
       "written for sm_90a, the device is sm_100"},
      {"linear.cuda.sm90.few.gated", bf16, "bf16[t,64] bf16[32,64]", kH100, "is not gated"},
      {"linear.cuda.sm90.few", gated(bf16), "bf16[t,64] bf16[32,64]", kH100, "is gated"},
      {"linear.cuda.sm90.few", bf16, "bf16[t,60] bf16[32,60]", kH100, "k is 60, no multiple of 8"},
      {"linear.cuda.sm90.few", bf16, "f16[t,64] bf16[32,64]", kH100, "operand 1 is bf16, x is f16"},
      {"linear.cuda.sm90.few", with_residual(bf16), "bf16[t,64] bf16[32,64] f32[t,32]", kH100,
       "operand 2 is f32, x is bf16"},
      {"linear.cuda.sm90.few", rounded, "bf16[t,64] bf16[32,64]", kH100, "has no such activation"},
      {"linear.cuda.sm90.few", linear(q8_0()), "f32[t,64] i8[32,64] f16[32,2]", kH100,
       "takes plain weights, not q8_0"},
      {"linear.cuda.any", bf16, "bf16[t,60] bf16[31,60]", kH100, ""},
      {"linear.cuda.any", linear(q8_0(), 32), kCoded, kH100, "takes plain weights, not q8_0"},
      {"linear.cuda.any", rounded, "bf16[t,64] bf16[32,64]", kH100, "has no such activation"},
      {"linear.cuda.any", bf16, "bf16[t,64] bf16[32,64]", kAvx2, "runs on a GPU"},
  };
  expect_answers(rows);
}

TEST(Refusals, OfNorms) {
  const ops::RmsNorm codes{.quantize_block = 32}, wide{.quantize_block = 1024};
  const Row rows[] = {
      {"rms_norm.cpu.avx2", ops::RmsNorm{}, "f32[t,64] bf16[64]", kAvx2, ""},
      {"rms_norm.cpu.avx2", ops::RmsNorm{}, "bf16[t,64] bf16[64]", kAvx2,
       "x is bf16, this kernel takes f32"},
      {"rms_norm.cpu.avx512", ops::RmsNorm{}, "f32[t,64] f32[64]", kAvx2,
       "needs avx512, the target has avx2"},
      {"rms_norm.cpu.avx2", wide, "f32[t,1024] f32[1024]", kAvx2,
       "quantize_block is 1024, this kernel takes up to 512"},
      {"rms_norm.cuda.rows", codes, "f32[t,64] f32[64]", kH100, "does not quantize"},
      {"rms_norm.cuda.any", codes, "f32[t,64] f32[64]", kH100, "does not quantize"},
      {"rms_norm.cuda.rows", ops::RmsNorm{}, "f32[t,64] f32[64]", kH100,
       "takes bf16 or f16, x is f32"},
      {"rms_norm.cuda.rows", ops::RmsNorm{}, "bf16[t,64] f32[64]", kH100,
       "the weight is f32, x is bf16"},
      {"rms_norm.cuda.rows", ops::RmsNorm{}, "bf16[t,60] bf16[60]", kH100,
       "takes rows of multiples of 8 up to 16384, got 60"},
      {"rms_norm.cuda.rows", ops::RmsNorm{}, "bf16[t,16392] bf16[16392]", kH100,
       "takes rows of multiples of 8 up to 16384, got 16392"},
      {"rms_norm.cuda.any", ops::RmsNorm{}, "f32[t,60] bf16[60]", kH100, ""},
      {"layer_norm.cpu.avx2", ops::LayerNorm{}, "f32[t,64] f32[64] bf16[64]", kAvx2,
       "weight and bias have two dtypes"},
      {"layer_norm.cpu.avx2", ops::LayerNorm{}, "f16[t,64] f32[64] f32[64]", kAvx2,
       "x is f16, this kernel takes f32"},
      {"layer_norm.cuda.any", ops::LayerNorm{}, "f32[t,64] f32[64] bf16[64]", kH100,
       "weight and bias differ in dtype"},
      {"layer_norm.cuda.any", ops::LayerNorm{}, "bf16[t,64] f32[64]", kH100, ""},
      {"norm_linear.cuda.sm90.few", ops::NormLinear{{}, {.format = plain(DType::kBf16)}},
       "bf16[t,60] bf16[60] bf16[32,60]", kH100,
       "takes rows of multiples of 8 up to 16384, got 60"},
      {"norm_linear.cuda.sm90.few.gated", ops::NormLinear{{}, {.format = plain(DType::kBf16)}},
       "bf16[t,64] bf16[64] bf16[32,64]", kH100, "is not gated"},
  };
  expect_answers(rows);
}

TEST(Refusals, OfRotations) {
  const auto rope = [](int64_t dims) { return ops::Rope{.rotary_dims = dims}; };
  const auto write = [&](int64_t dims) { return ops::RopeKvWrite{.rope = rope(dims), .heads = 2}; };
  const Row rows[] = {
      {"rope.cpu.avx2", rope(64), "f32[t,2,64] i32[t]", kAvx2, ""},
      {"rope.cpu.avx2", rope(64), "bf16[t,2,64] i32[t]", kAvx2, "x is bf16, this kernel takes f32"},
      {"rope.cpu.avx2", rope(1024), "f32[t,2,1024] i32[t]", kAvx2,
       "rotary_dims is 1024, this kernel takes up to 512"},
      {"rope.cuda.any", rope(64), "bf16[t,heads,64] i32[t]", kH100,
       "takes heads of one number and size"},
      {"rope_kv_write.cpu.avx2", write(64), "state[1,64] bf16[t,256] i32[t] i32[s+1] i32[s,w]",
       kAvx2, "qkv is bf16, this kernel takes f32"},
      {"rope_kv_write.cpu.avx2", write(1024), "state[1,1024] f32[t,4096] i32[t] i32[s+1] i32[s,w]",
       kAvx2, "rotary_dims is 1024, this kernel takes up to 512"},
      {"kv_write.cpu.avx2", ops::KvWrite{},
       "state[1,64] f32[t,1,64] bf16[t,1,64] i32[t] i32[s+1] i32[s,w]", kAvx2,
       "v is bf16, this kernel takes f32"},
      {"kv_write.cuda.any", ops::KvWrite{},
       "state[1,64] f32[t,1,64] bf16[t,1,64] i32[t] i32[s+1] i32[s,w]", kH100,
       "k and v differ in dtype"},
  };
  expect_answers(rows);
}

TEST(Refusals, OfAttention) {
  const ops::PagedAttention all{.options = {.causal = false}};
  constexpr std::string_view kSteps = " i32[s+1] i32[s] i32[s,w]";
  const auto paged = [&](std::string_view q_and_cache) {
    static std::vector<std::string> kept;
    kept.reserve(32);
    return std::string_view(kept.emplace_back(cat(q_and_cache, kSteps)));
  };
  const Row rows[] = {
      {"paged_attention.cpu.avx2", ops::PagedAttention{}, paged("f32[t,4,64] state[2,64]"), kAvx2,
       ""},
      {"paged_attention.cpu.avx2", ops::PagedAttention{}, paged("f32[t,2,512] state[1,512]"), kAvx2,
       "head_dim is 512, this kernel takes up to 256"},
      {"paged_attention.cpu.avx2", ops::PagedAttention{}, paged("f32[t,128,64] state[1,64]"), kAvx2,
       "groups of 128 heads, this kernel takes up to 64"},
      {"paged_attention.cpu.avx2", ops::PagedAttention{}, paged("f16[t,4,64] state[2,64]"), kAvx2,
       "q is f16, this kernel takes f32"},
      {"paged_attention.cuda.sm90", ops::PagedAttention{}, paged("bf16[t,4,64] state[2,64]"), kH100,
       ""},
      {"paged_attention.cuda.sm90", all, paged("bf16[t,4,64] state[2,64]"), kH100, "is causal"},
      {"paged_attention.cuda.sm90", ops::PagedAttention{}, paged("f32[t,4,64] state[2,64]"), kH100,
       "takes bf16 or f16, q is f32"},
      {"paged_attention.cuda.sm90", ops::PagedAttention{}, paged("bf16[t,4,40] state[2,40]"), kH100,
       "takes heads of multiples of 16 from 32 to 256, got 40"},
      {"paged_attention.cuda.sm90", ops::PagedAttention{}, paged("bf16[t,4,16] state[2,16]"), kH100,
       "takes heads of multiples of 16 from 32 to 256, got 16"},
      {"paged_attention.cuda.any", ops::PagedAttention{}, paged("bf16[t,4,40] state[2,40]"), kH100,
       ""},
      {"paged_attention.cuda.any", ops::PagedAttention{}, paged("bf16[t,2,1024] state[1,1024]"),
       kH100, "takes heads up to 512, got 1024"},
      {"attention.cpu.avx2", ops::Attention{}, "f32[t,4,64] f32[t,2,64] bf16[t,2,64]", kAvx2,
       "k and v have two dtypes"},
      {"attention.cpu.avx2", ops::Attention{}, "f32[t,4,512] f32[t,2,512] f32[t,2,512]", kAvx2,
       "head_dim is 512, this kernel takes up to 256"},
  };
  expect_answers(rows);
}

TEST(Refusals, OfEmbeddings) {
  const ops::Embedding f32{.format = {}, .dtype = DType::kF32},
      bf16{.format = plain(DType::kBf16), .dtype = DType::kBf16};
  const ops::Embedding narrow{.format = q8_0(8), .dtype = DType::kF32};
  const Row rows[] = {
      {"embedding.cpu.avx2", f32, "i32[t] f32[9,64]", kAvx2, ""},
      {"embedding.cpu.avx2", bf16, "i32[t] bf16[9,64]", kAvx2, "y is bf16, this kernel takes f32"},
      {"embedding.cpu.avx2", narrow, "i32[t] i8[9,64] f16[9,8]", kAvx2,
       "blocks of 8 are no multiple of 16"},
      {"embedding.cpu.panel.q8_0", narrow, "i32[t] i8[9,64] f16[9,8]", kAvx2,
       "for tables of another format"},
      {"embedding.cpu.panel.f32", f32, "i32[t] f32[9,64]", kAvx2, ""},
      {"embedding.cpu.panel.f32", f32, "i32[t] f32[9,64]", kH100, "runs on a CPU"},
      {"embedding.cpu.panel.bf16", bf16, "i32[t] bf16[9,64]", kAvx2, "writes f32, y is bf16"},
      {"embedding.cuda.rows", bf16, "i32[t] bf16[9,64]", kH100, ""},
      {"embedding.cuda.rows", narrow, "i32[t] i8[9,64] f16[9,8]", kH100,
       "takes plain tables, not q8_0"},
  };
  expect_answers(rows);
}

TEST(Refusals, OfTheRest) {
  const ops::Reduce sum{.kind = ops::ReduceKind::kSum, .axes = {0, 2}};
  const Row rows[] = {
      {"reduce.cpu.avx2", sum, "f32[2,3,4]", kAvx2, "the axes do not stand side by side"},
      {"reduce.cpu.avx2", ops::Reduce{.axes = {-1}}, "i32[2,3]", kAvx2,
       "x is i32, this kernel takes f32"},
      {"softmax.cpu.avx2", ops::Softmax{.axis = 0}, "f32[2,3]", kAvx2,
       "axis 0 is not the last one"},
      {"quantize.cpu.avx2", ops::Quantize{}, "bf16[t,64]", kAvx2,
       "x is bf16, this kernel takes f32"},
      {"gated_activation.cpu.avx2", ops::GatedActivation{.activation = ops::UnaryKind::kRound},
       "f32[t,8]", kAvx2, "no vector form of round"},
      {"gated_activation.cuda.any", ops::GatedActivation{.activation = ops::UnaryKind::kRound},
       "f32[t,8]", kH100, "has no such activation"},
      {"transpose.cuda.strided", ops::Transpose{.permutation = {7, 6, 5, 4, 3, 2, 1, 0}},
       "f32[1,2,3,4,5,6,7,8]", kH100, "takes up to 7 axes"},
      {"transpose.cpu.ref", ops::Transpose{.permutation = {1, 0}}, "f32[4,8]", kH100,
       "runs on a CPU, not on cuda"},
  };
  expect_answers(rows);
}

}  // namespace
}  // namespace lathe::kernels
