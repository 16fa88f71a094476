// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/rope_paged_attention/cuda_sm90.h"

#include <algorithm>

#include "lathe/kernels/kv_cache_view.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::kernels {
namespace attention_sm90 {
namespace {

constexpr uint32_t kThreads = 128;
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
  const void* queries;

  int32_t table_width;
  int32_t sequences;
};

struct Step {
  const KvCacheView& cache;
  int64_t heads, tokens, sequences;

  static Step of(const Call& call) {
    return {*static_cast<const KvCacheView*>(call.cache.data), call.y.size(1), call.y.size(0),
            call.lengths.size(0)};
  }
  // Blocks that generation needs without splits.
  int64_t units() const {
    const int64_t group = heads / cache.kv_heads;
    return sequences * cache.kv_heads * ((group + kHeadsOfBlock - 1) / kHeadsOfBlock);
  }
  uint32_t row_bytes() const { return static_cast<uint32_t>(cache.head_dim * 2 + 16); }
};

Parameters parameters(const Call& call, const Step& step) {
  return {.qkv = call.qkv,
          .positions = call.positions,
          .cu_q_lengths = call.cu_q_lengths.data,
          .lengths = call.lengths.data,
          .tables = call.tables.data,
          .keys = step.cache.keys,
          .values = step.cache.values,
          .y = call.y.data,
          .queries = call.queries,
          .table_width = static_cast<int32_t>(call.tables.size(1)),
          .sequences = static_cast<int32_t>(step.sequences)};
}

Launch launch(std::string_view entry, cuda::Dim3 grid, uint32_t shared_bytes,
              const Parameters& parameters) {
  Launch out = overlapped(entry, grid, kThreads, parameters);
  out.config.shared_bytes = shared_bytes;
  return out;
}

// The largest cluster whose blocks all fit at once, three a processor; many sequences need none.
int64_t splits_for(int64_t units, int64_t processors) {
  int64_t splits = kMaxSplits;
  while (splits > 1 && units * splits > processors * 3) splits /= 2;
  return splits;
}

Launch generation(const Call& call, const Step& step, int processors) {
  const int64_t units = step.units(), group = step.heads / step.cache.kv_heads;
  const auto splits = static_cast<uint32_t>(splits_for(units, processors));
  const bool few = splits > 1;
  const int64_t results = std::min(group, kHeadsOfBlock) * step.cache.head_dim / 4 + kMaxSplits;
  const int64_t inbox = few ? results * static_cast<int64_t>(6 * sizeof(float)) : 0;
  const int64_t gap = step.cache.head_dim % 64 == 0 ? 0 : 16;  // else rows are swizzled
  const int64_t ring = (few ? 4 : 6) * 4 * kStripe * (step.cache.head_dim * 2 + gap);
  const cuda::Dim3 grid = {splits, static_cast<uint32_t>(units / step.sequences),
                           static_cast<uint32_t>(step.sequences)};
  Launch out = launch(few ? "generation_few" : "generation_many", grid,
                      static_cast<uint32_t>(ring + inbox), parameters(call, step));
  out.config.cluster = {splits};
  return out;
}

}  // namespace

std::vector<Launch> launches(const Call& call, int processors) {
  const Step step = Step::of(call);
  LATHE_CHECK(step.cache.dtype == call.y.dtype, "cache of another dtype than the queries");
  if (step.tokens == 0) return {};
  const bool generates =
      step.tokens == step.sequences && step.sequences <= int64_t{cuda::kMaxGridYz};
  if (generates && call.bits == Bits::kFastest) return {generation(call, step, processors)};
  const Parameters all = parameters(call, step);
  const auto tiles = static_cast<uint32_t>(step.tokens / kContextTile + step.sequences);
  const auto shared = static_cast<uint32_t>(5 * kContextTile) * step.row_bytes();
  std::vector<Launch> out;
  if (call.positions != nullptr) {
    out.push_back(launch("rotate_and_write", {static_cast<uint32_t>(step.tokens)}, 0, all));
  }
  const cuda::Dim3 grid = {tiles, static_cast<uint32_t>(step.heads)};
  out.push_back(launch("context_attention", grid, shared, all));
  return out;
}

Support supports(const paged_attention_any::Heads& heads, const Target& target) {
  const int64_t kv_heads = heads.cache.shape[0].value(), head_dim = heads.cache.shape[1].value();
  return on_gpu(target, 90)
      .require(is_half(heads.q), "takes bf16 or f16, q is ", to_string(heads.q))
      .require(heads.options.causal, "is causal")
      .require(head_dim % 16 == 0 && head_dim >= 32 && head_dim <= 256,
               "takes heads of multiples of 16 from 32 to 256, got ", head_dim)
      .require(heads.heads % kv_heads == 0, "heads are no multiple of kv_heads");
}

}  // namespace attention_sm90

namespace {

Support supports(const Problem& problem, const Target& target) {
  const auto& op = *problem.op.as<ops::RopePagedAttention>();
  if (ops::needs_lengths(op.rope.rope.scaling)) {
    return Support::no("has no rope scaling that depends on the sequence's length");
  }
  return attention_sm90::supports(
      {op.options, problem.inputs[1].dtype, op.rope.heads, problem.inputs[0]}, target);
}

std::vector<Launch> launches(const CudaArgs& args) {
  return attention_sm90::launches({.cache = args.inputs[0],
                                   .cu_q_lengths = args.inputs[3],
                                   .lengths = args.inputs[4],
                                   .tables = args.inputs[5],
                                   .y = args.outputs[0],
                                   .qkv = args.inputs[1].data,
                                   .positions = args.inputs[2].data,
                                   .queries = args.workspace,
                                   .bits = args.bits},
                                  args.num_processors);
}

Dim workspace(const Problem& problem) {
  const int64_t head_dim = problem.inputs[0].shape[1].value();
  const int64_t heads = problem.op.as<ops::RopePagedAttention>()->rope.heads;
  return problem.inputs[1].shape[0] * (heads * head_dim * 2);
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = attention_sm90::kFixedBits};

}  // namespace

extern const Kernel kRopePagedAttentionCudaSm90;
const Kernel kRopePagedAttentionCudaSm90 = {.name = "rope_paged_attention.cuda.sm90",
                                            .supports = supports,
                                            .run = nullptr,
                                            .workspace_bytes = workspace,
                                            .cuda = &kCuda};

}  // namespace lathe::kernels
