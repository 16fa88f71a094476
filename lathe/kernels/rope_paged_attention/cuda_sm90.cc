// SPDX-License-Identifier: Apache-2.0
// The record of rope_paged_attention on a GPU: one launch where every sequence brings one token,
// two for any other step.
#include <algorithm>

#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/kv_cache_view.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::kernels {
namespace {

constexpr int64_t kThreads = 128;
constexpr int64_t kContextTile = 64;  // queries, and keys
constexpr int64_t kStripe = 16;       // tokens that a warp of generation takes at a time
constexpr int64_t kHeadsOfBlock = 8;  // query heads of a block of generation, at most
constexpr int64_t kMaxSplits = 8;     // of a sequence: a cluster's blocks

// As in the device source.
struct Parameters {
  const void* qkv;
  const void* positions;
  const void* cu_q_lengths;
  const void* lengths;
  const void* tables;
  void* keys;
  void* values;
  void* y;
  void* queries;

  int32_t table_width;
  int32_t sequences;
};

struct Step {
  const KvCacheView& cache;
  int64_t heads, tokens, sequences;

  static Step of(const CudaArgs& args) {
    return {*static_cast<const KvCacheView*>(args.inputs[0].data),
            args.op.as<ops::RopePagedAttention>()->rope.heads, args.inputs[1].size(0),
            args.inputs[4].size(0)};
  }
  // Blocks that generation needs without splits.
  int64_t units() const {
    const int64_t group = heads / cache.kv_heads;
    return sequences * cache.kv_heads * ((group + kHeadsOfBlock - 1) / kHeadsOfBlock);
  }
  uint32_t row_bytes() const { return static_cast<uint32_t>(cache.head_dim * 2 + 16); }
};

Parameters parameters(const CudaArgs& args, const Step& step) {
  return {.qkv = args.inputs[1].data,
          .positions = args.inputs[2].data,
          .cu_q_lengths = args.inputs[3].data,
          .lengths = args.inputs[4].data,
          .tables = args.inputs[5].data,
          .keys = step.cache.keys,
          .values = step.cache.values,
          .y = args.outputs[0].data,
          .queries = args.workspace,
          .table_width = static_cast<int32_t>(args.inputs[5].size(1)),
          .sequences = static_cast<int32_t>(step.sequences)};
}

Launch launch(std::string_view entry, cuda::Dim3 grid, uint32_t shared_bytes,
              const Parameters& parameters) {
  return {.entry = entry,
          .config = {.grid = grid,
                     .block = {static_cast<uint32_t>(kThreads)},
                     .shared_bytes = shared_bytes,
                     .overlap = cuda::Overlap::kProgrammatic},
          .parameter = LaunchParameter::of(parameters)};
}

// The largest cluster whose blocks all fit at once, three a processor; many sequences need none.
int64_t splits_for(int64_t units, int64_t processors) {
  int64_t splits = kMaxSplits;
  while (splits > 1 && units * splits > processors * 3) splits /= 2;
  return splits;
}

Launch generation(const CudaArgs& args, const Step& step) {
  const int64_t units = step.units(), group = step.heads / step.cache.kv_heads;
  const auto splits = static_cast<uint32_t>(splits_for(units, args.num_processors));
  const bool few = splits > 1;
  const int64_t results = std::min(group, kHeadsOfBlock) * step.cache.head_dim / 4 + kMaxSplits;
  const int64_t inbox = few ? results * static_cast<int64_t>(6 * sizeof(float)) : 0;
  const int64_t gap = step.cache.head_dim % 64 == 0 ? 0 : 16;  // else rows are swizzled
  const int64_t ring = (few ? 4 : 6) * 4 * kStripe * (step.cache.head_dim * 2 + gap);
  const cuda::Dim3 grid = {splits, static_cast<uint32_t>(units / step.sequences),
                           static_cast<uint32_t>(step.sequences)};
  Launch out = launch(few ? "generation_few" : "generation_many", grid,
                      static_cast<uint32_t>(ring + inbox), parameters(args, step));
  out.config.cluster = {splits};
  return out;
}

std::vector<Launch> launches(const CudaArgs& args) {
  const Step step = Step::of(args);
  LATHE_CHECK(step.cache.dtype == args.inputs[1].dtype, "cache of another dtype than qkv");
  if (step.tokens == 0) return {};
  if (step.tokens == step.sequences) return {generation(args, step)};
  const Parameters all = parameters(args, step);
  const auto tiles = static_cast<uint32_t>(step.tokens / kContextTile + step.sequences);
  const auto shared = static_cast<uint32_t>(5 * kContextTile) * step.row_bytes();
  return {launch("rotate_and_write", {static_cast<uint32_t>(step.tokens)}, 0, all),
          launch("context_attention", {tiles, static_cast<uint32_t>(step.heads)}, shared, all)};
}

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::RopePagedAttention>();
  const TensorType& cache = problem.inputs[0];
  const int64_t kv_heads = cache.shape[0].value(), head_dim = cache.shape[1].value();
  return on_gpu(target, 90)
      .require(is_half(problem.inputs[1].dtype), "takes bf16 or f16, qkv is ",
               to_string(problem.inputs[1].dtype))
      .require(op.options.causal, "is causal")
      .require(!ops::needs_lengths(op.rope.rope.scaling),
               "has no rope scaling that depends on the sequence's length")
      .require(head_dim % 16 == 0 && head_dim >= 32 && head_dim <= 256,
               "takes heads of multiples of 16 from 32 to 256, got ", head_dim)
      .require(op.rope.heads % kv_heads == 0, "heads are no multiple of kv_heads");
}

Dim workspace(const Problem& problem) {
  const int64_t head_dim = problem.inputs[0].shape[1].value();
  const int64_t heads = problem.op.as<ops::RopePagedAttention>()->rope.heads;
  return problem.inputs[1].shape[0] * (heads * head_dim * 2);
}

constexpr CudaKernel kCuda = {.launches = launches};

}  // namespace

extern const Kernel kRopePagedAttentionCudaSm90;
const Kernel kRopePagedAttentionCudaSm90 = {.name = "rope_paged_attention.cuda.sm90",
                                            .supports = supports,
                                            .run = nullptr,
                                            .workspace_bytes = workspace,
                                            .cuda = &kCuda};

}  // namespace lathe::kernels
