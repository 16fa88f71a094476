// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/paged_attention/step.h"

#include "lathe/kernels/attention/visibility.h"

namespace lathe::kernels {

namespace {

constexpr int64_t kAlignment = 64;

std::span<const int32_t> integers(const TensorView& view) {
  return {view.as<int32_t>(), static_cast<size_t>(view.num_elements())};
}

std::span<int32_t> starts_of(const KernelArgs& args) {
  return {reinterpret_cast<int32_t*>(args.workspace.data()),
          static_cast<size_t>(args.inputs[2].num_elements())};
}

std::span<float> slots_of(const KernelArgs& args) {
  const size_t starts = (starts_of(args).size_bytes() + kAlignment - 1) / kAlignment * kAlignment;
  const std::span<std::byte> rest = args.workspace.subspan(starts);
  return {reinterpret_cast<float*>(rest.data()), rest.size() / sizeof(float)};
}

HeadGroups groups_of(const KernelArgs& args, const PagedStep& step) {
  const int64_t kv_heads = step.cache().kv_heads;
  return {.kv_heads = kv_heads, .group = args.inputs[0].size(1) / kv_heads};
}

}  // namespace

void check_paged_attention(const KernelArgs& args, const PagedStep& step) {
  const ops::AttentionOptions& options = args.op.as<ops::PagedAttention>()->options;
  step.check_tokens(args.inputs[0].size(0));
  for (int64_t i = 0; i < step.num_sequences(); ++i) {
    const int64_t kv_length = args.inputs[3].as<int32_t>()[i];
    const int64_t num_tokens = step.sequence(i).num_tokens;
    if (num_tokens == 0) continue;
    if (kv_length < num_tokens) {
      fail(ErrorCode::kInvalidArgument, "kv_lengths: sequence ", i, " has ", num_tokens,
           " tokens in the step, expected as many in the cache, got ", kv_length);
    }
    const Query first{.position = kv_length - num_tokens, .kv_length = kv_length};
    step.check_positions(i, visible_keys(options, first).begin, kv_length);
  }
}

// Slots: those of one token over two tiles a block, which is the longest sequence's cache whatever
// the block size. Steps that would need more do not split keys.
Dim paged_attention_workspace(const Problem& problem) {
  const int64_t heads = problem.inputs[0].shape[1].value();
  const int64_t head_dim = problem.inputs[0].shape[2].value();
  const auto float_bytes = static_cast<int64_t>(sizeof(float));
  const Dim starts = problem.inputs[2].shape[0] * static_cast<int64_t>(sizeof(int32_t));
  const Dim slots = problem.inputs[4].shape[1] * (2 * heads * slot_floats(head_dim) * float_bytes);
  return starts + slots + kAlignment;
}

PagedAttentionStep::PagedAttentionStep(const KernelArgs& args)
    : step_(args.inputs[1], args.inputs[2], args.inputs[4]),
      kv_lengths_(args.inputs[3].as<int32_t>()),
      groups_(groups_of(args, step_)),
      slots_(slots_of(args)),
      blocks_(groups_, integers(args.inputs[2]), starts_of(args)) {
  check_paged_attention(args, step_);
}

QuerySequence PagedAttentionStep::sequence(int64_t index) const {
  const PagedSequence sequence = step_.sequence(index);
  return {.first_token = sequence.first_token,
          .num_tokens = sequence.num_tokens,
          .first_position = kv_lengths_[index] - sequence.num_tokens,
          .kv_length = kv_lengths_[index]};
}

KeyValueRows PagedAttentionStep::rows(const RowBlock& block) const {
  const KvCacheView& cache = step_.cache();
  return {.keys = cache.keys,
          .values = cache.values,
          .dtype = cache.dtype,
          .head_dim = cache.head_dim,
          .first = cache.offset(0, block.kv_head, 0),
          .row_stride = cache.head_dim,
          .blocks = step_.sequence(block.sequence).blocks.data(),
          .block_size = cache.block_size,
          .block_stride = cache.kv_heads * cache.block_size * cache.head_dim};
}

}  // namespace lathe::kernels
