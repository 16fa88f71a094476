// SPDX-License-Identifier: Apache-2.0
// Every CUDA kernel with own device code, on one problem of each of its kinds, and the launches
// that follow: grids worked out by hand from what a block does.
#pragma once

#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/pointwise_group.h"
#include "lathe/ops/rope_paged_attention.h"
#include "tests/support/launch_step.h"
#include "tests/support/text_problem.h"

namespace lathe::testing {

struct LaunchCase {
  std::string_view kernel;
  ops::Op op;
  std::string_view inputs;  // of text_problem
  int64_t tokens, sequences;
  std::string_view launches;  // "entry[grid]xthreads", a space between two

  LaunchStep step() const { return {text_problem(op, inputs), {{"t", tokens}, {"s", sequences}}}; }
};

inline ops::Linear bf16_linear() {
  ops::Linear op;
  op.format.code_dtype = DType::kBf16;
  return op;
}

inline ops::RopePagedAttention attention() {
  ops::RopePagedAttention op;
  op.rope = {.rope = {.rotary_dims = 64}, .heads = 4};
  return op;
}

inline constexpr std::string_view kAttentionTypes =
    "state[2,64] bf16[t,512] i32[t] i32[s+1] i32[s] i32[s,9]";

inline std::vector<LaunchCase> launch_cases() {
  const ops::Op norm_linear = ops::NormLinear{{}, bf16_linear()};
  return {
      // A block of 256 threads an element, or a warp or a block a row.
      {"gated_activation.cuda.any", ops::GatedActivation{}, "bf16[t,200]", 10, 1,
       "gated_activation[4]x256"},
      {"gather.cuda.rows", ops::Gather{}, "bf16[50,64] i32[t]", 65, 1,
       "gather_16[3]x256"},  // units of 16 bytes: 8 a row
      {"gather.cuda.rows", ops::Gather{}, "bf16[50,3] i32[t]", 65, 1, "gather_2[1]x256"},
      {"layer_norm.cuda.any", ops::LayerNorm{}, "bf16[t,64] bf16[64]", 10, 1, "layer_norm[2]x256"},
      {"layer_norm.cuda.any", ops::LayerNorm{}, "bf16[t,2048] bf16[2048]", 10, 1,
       "layer_norm[10]x256"},
      {"rms_norm.cuda.any", ops::RmsNorm{}, "f32[t,1025] f32[1025]", 3, 1, "rms_norm_any[3]x256"},
      // A block a row, or a token.
      {"rms_norm.cuda.rows", ops::RmsNorm{}, "bf16[t,64] bf16[64]", 10, 1, "rms_norm[10]x256"},
      {"embedding.cuda.rows",
       ops::Embedding{.format = {.code_dtype = DType::kBf16}, .dtype = DType::kBf16},
       "i32[t] bf16[50,64]", 7, 1, "embedding_8[7]x256"},
      {"embedding.cuda.rows",
       ops::Embedding{.format = {.code_dtype = DType::kF32}, .dtype = DType::kBf16},
       "i32[t] f32[50,4096]", 7, 1, "embedding_8[7,2]x256"},  // 2048 elements a block
      {"embedding.cuda.rows",
       ops::Embedding{.format = {.code_dtype = DType::kBf16}, .dtype = DType::kBf16},
       "i32[t] bf16[50,516]", 7, 1, "embedding_1[7,3]x256"},
      {"rope.cuda.any", ops::Rope{.rotary_dims = 64}, "bf16[t,2,64] i32[t]", 7, 1,
       "rope_any[7]x256"},
      {"kv_write.cuda.any", ops::KvWrite{},
       "state[2,64] bf16[t,2,64] bf16[t,2,64] i32[t] i32[s+1] i32[s,9]", 7, 2, "kv_write[7]x256"},
      // Tiles of 32 x 32: tokens along x, rows of y along y.
      {"linear.cuda.any", bf16_linear(), "bf16[t,60] bf16[33,60]", 65, 1, "linear_any[3,2]x256"},
      {"norm_linear.cuda.any", norm_linear, "bf16[t,64] bf16[64] bf16[32,64]", 9, 1,
       "rms_norm_any[2]x256 linear_any[1]x256"},
      // A token along x, a head along y.
      {"paged_attention.cuda.any", ops::PagedAttention{},
       "bf16[t,4,64] state[2,64] i32[s+1] i32[s] i32[s,9]", 7, 2, "paged_attention_any[7,4]x128"},
      {"rope_paged_attention.cuda.any", attention(), kAttentionTypes, 7, 2,
       "rope_kv_write[7]x256 paged_attention_any[7,4]x128"},
      {"rope_kv_write.cuda.any", ops::RopeKvWrite{.rope = {.rotary_dims = 64}, .heads = 4},
       "state[2,64] bf16[t,512] i32[t] i32[s+1] i32[s,9]", 7, 2, "rope_kv_write[7]x256"},
      {"paged_attention.cuda.sm90", ops::PagedAttention{},
       "bf16[t,4,64] state[2,64] i32[s+1] i32[s] i32[s,9]", 40, 40, "generation_few[4,2,40]x128"},
      // Tensor cores: tiles of 64 tokens a sequence, one more each that is not full.
      {"rope_paged_attention.cuda.sm90", attention(), kAttentionTypes, 200, 3,
       "rotate_and_write[200]x128 context_attention[6,4]x128"},
      // A token a sequence: a cluster of splits a sequence and group of heads, while all fit.
      {"rope_paged_attention.cuda.sm90", attention(), kAttentionTypes, 1, 1,
       "generation_few[8,2]x128"},
      {"rope_paged_attention.cuda.sm90", attention(), kAttentionTypes, 40, 40,
       "generation_few[4,2,40]x128"},
      {"rope_paged_attention.cuda.sm90", attention(), kAttentionTypes, 300, 300,
       "generation_many[1,2,300]x128"},
      // 1536 rows are 96 groups of 16 and 12 tiles of 128; 576 columns are 9 chunks of 64.
      {"linear.cuda.sm90.few", bf16_linear(), "bf16[t,576] bf16[1536,576]", 1, 1,
       "linear_1[96]x288"},
      {"linear.cuda.sm90.few", bf16_linear(), "bf16[t,576] bf16[1536,576]", 5, 1,
       "linear_8[96]x288"},
      {"linear.cuda.sm90.few", bf16_linear(), "bf16[t,576] bf16[4096,576]", 2, 1,
       "linear_2[132]x288"},
      {"linear.cuda.sm90.few", bf16_linear(), "bf16[t,8192] bf16[1536,8192]", 8, 1,
       "linear_streamed_8[96]x416"},
      {"linear.cuda.sm90.pair", bf16_linear(), "bf16[t,576] bf16[1536,576]", 9, 1,
       "linear_pair[96]x416"},
      {"linear.cuda.sm90.pair", bf16_linear(), "bf16[t,4096] bf16[4096,4096]", 16, 1,
       "linear_pair[132]x416"},
      {"linear.cuda.sm90.split", bf16_linear(), "bf16[t,576] bf16[1536,576]", 16, 1,
       "linear_split_16[96]x384"},  // a group of 16 rows each
      {"linear.cuda.sm90.split", bf16_linear(), "bf16[t,576] bf16[1536,576]", 33, 1,
       "linear_split_64[96]x384"},
      {"linear.cuda.sm90.split", bf16_linear(), "bf16[t,4096] bf16[4096,4096]", 64, 1,
       "linear_split_64[128]x384"},  // clusters of two, four groups each
      {"linear.cuda.sm90.tile128", bf16_linear(), "bf16[t,576] bf16[1536,576]", 65, 1,
       "linear_tile_128[1,12]x384"},
      {"linear.cuda.sm90.tile256", bf16_linear(), "bf16[t,576] bf16[1536,576]", 700, 1,
       "linear_tile_256[3,12]x384"},
      {"norm_linear.cuda.sm90.few", norm_linear, "bf16[t,576] bf16[576] bf16[1536,576]", 4, 1,
       "linear_4[96]x288"},  // normalised where it is read
      {"norm_linear.cuda.sm90.pair", norm_linear, "bf16[t,576] bf16[576] bf16[1536,576]", 12, 1,
       "linear_pair[96]x416"},
      {"norm_linear.cuda.sm90.tile128", norm_linear, "bf16[t,576] bf16[576] bf16[1536,576]", 100, 1,
       "rms_norm[100]x256 linear_tile_128[1,12]x384"},
      {"norm_linear.cuda.sm90.split", norm_linear, "bf16[t,576] bf16[576] bf16[1536,576]", 16, 1,
       "linear_split_16[96]x384"},
      {"norm_linear.cuda.sm90.tile256", norm_linear, "bf16[t,576] bf16[576] bf16[1536,576]", 700, 1,
       "rms_norm[700]x256 linear_tile_256[3,12]x384"},
      // Copies: a launch a piece, in the widest units that lengths and offsets allow.
      {"split.cuda.strided", ops::Split{.axis = -1, .sizes = {8, 24}}, "bf16[t,32]", 100, 1,
       "copy_16[1]x256 copy_16[2]x256"},
      {"split.cuda.strided", ops::Split{.axis = -1, .sizes = {3, 29}}, "bf16[t,32]", 100, 1,
       "copy_2[2]x256 copy_2[12]x256"},
      {"concat.cuda.strided", ops::Concat{.axis = 0}, "f32[t,3] f32[2,3]", 100, 1,
       "copy_16[1]x256 copy_8[1]x256"},
      {"transpose.cuda.strided", ops::Transpose{.permutation = {1, 0}}, "f32[t,32]", 100, 1,
       "copy_4[13]x256"},
      {"slice.cuda.strided", ops::Slice{.axis = -1, .start = 8, .stop = 24}, "bf16[t,32]", 100, 1,
       "copy_16[1]x256"},
      {"broadcast_to.cuda.strided", ops::BroadcastTo{.shape = {Dim::symbol("t"), 32}}, "bf16[t,1]",
       100, 1, "copy_2[13]x256"},
      // A generated loop has a thread an element.
      {"unary.cuda.generated", ops::Unary{ops::UnaryKind::kExp}, "bf16[t,200]", 10, 1,
       "pointwise[8]x256"},
      {"binary.cuda.generated", ops::Binary{ops::BinaryKind::kAdd}, "bf16[t,200] bf16[t,200]", 10,
       1, "pointwise[8]x256"},
      {"compare.cuda.generated", ops::Compare{ops::CompareKind::kEq}, "bf16[t,200] bf16[t,200]", 10,
       1, "pointwise[8]x256"},
      {"where.cuda.generated", ops::Where{}, "bool[t,200] bf16[t,200] bf16[t,200]", 10, 1,
       "pointwise[8]x256"},
      {"cast.cuda.generated", ops::Cast{DType::kF32}, "bf16[t,200]", 10, 1, "pointwise[8]x256"},
      {"pointwise_group.cuda.generated",
       ops::PointwiseGroup{{{ops::Unary{ops::UnaryKind::kExp}, {0}}}, {1}}, "bf16[t,200]", 10, 1,
       "pointwise[8]x256"},
  };
}

}  // namespace lathe::testing
