// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/attention.h"

#include <cmath>

#include "lathe/base/error.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {

namespace {

void expect_heads(const TensorType& type, std::string_view operand) {
  expect_floating(type, operand);
  expect_rank(type, 3, operand);
}

void expect_i32_vector(const TensorType& type, std::string_view operand) {
  expect_dtype(type, DType::kI32, operand);
  expect_rank(type, 1, operand);
}

void expect_block_tables(const TensorType& type, const Dim& sequences) {
  expect_dtype(type, DType::kI32, "block_tables");
  expect_rank(type, 2, "block_tables");
  expect_dim(type, 0, sequences, "block_tables");
}

// Query heads come in groups of equal size, one a key head.
void expect_groups(const TensorType& q, const Dim& kv_heads) {
  const std::optional<int64_t> heads = q.shape[1].constant();
  const std::optional<int64_t> groups = kv_heads.constant();
  if (heads && groups && *groups > 0 && *heads % *groups == 0) return;
  fail(ErrorCode::kInvalidArgument, "q: expected heads that are a multiple of ",
       kv_heads.to_string(), " kv_heads, got ", q.to_string());
}

void expect_options(const AttentionOptions& options, const TensorType& q) {
  if (options.window < 0 || options.sink_tokens < 0) {
    fail(ErrorCode::kInvalidArgument, "options: expected window and sink_tokens of 0 or more, got ",
         options.window, " and ", options.sink_tokens);
  }
  if (!std::isfinite(options.scale) || !std::isfinite(options.soft_cap) || options.soft_cap < 0) {
    fail(ErrorCode::kInvalidArgument,
         "options: expected a finite scale and a soft_cap of 0 or "
         "more, got ",
         options.scale, " and ", options.soft_cap);
  }
  const auto slopes = static_cast<int64_t>(options.alibi_slopes.size());
  if (slopes != 0 && Dim(slopes) != q.shape[1]) {
    fail(ErrorCode::kInvalidArgument, "alibi_slopes: expected one a head of q (",
         q.shape[1].to_string(), "), got ", slopes);
  }
}

}  // namespace

Types Attention::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 3, 4);
  const TensorType& q = inputs[0];
  const TensorType& k = inputs[1];
  expect_heads(q, "q");
  expect_heads(k, "k");
  expect_dim(k, 0, q.shape[0], "k");
  expect_dim(k, 2, q.shape[2], "k");
  expect_heads(inputs[2], "v");
  expect_shape(inputs[2], k.shape, "v");
  expect_groups(q, k.shape[1]);
  expect_options(options, q);
  if (inputs.size() == 4) expect_i32_vector(inputs[3], "cu_lengths");
  return {q};
}

Types KvWrite::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 6);
  const TensorType& cache = inputs[0];
  const TensorType& k = inputs[1];
  expect_dtype(cache, DType::kState, "cache");
  expect_rank(cache, 2, "cache");
  expect_heads(k, "k");
  expect_dim(k, 1, cache.shape[0], "k");
  expect_dim(k, 2, cache.shape[1], "k");
  expect_heads(inputs[2], "v");
  expect_shape(inputs[2], k.shape, "v");
  expect_i32_vector(inputs[3], "positions");
  expect_dim(inputs[3], 0, k.shape[0], "positions");
  expect_i32_vector(inputs[4], "cu_q_lengths");
  expect_block_tables(inputs[5], inputs[4].shape[0] - 1);
  return {cache};
}

Types PagedAttention::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 5);
  const TensorType& q = inputs[0];
  const TensorType& cache = inputs[1];
  expect_heads(q, "q");
  expect_dtype(cache, DType::kState, "cache");
  expect_rank(cache, 2, "cache");
  expect_dim(q, 2, cache.shape[1], "q");
  expect_groups(q, cache.shape[0]);
  expect_options(options, q);
  expect_i32_vector(inputs[2], "cu_q_lengths");
  expect_i32_vector(inputs[3], "kv_lengths");
  expect_dim(inputs[3], 0, inputs[2].shape[0] - 1, "kv_lengths");
  expect_block_tables(inputs[4], inputs[3].shape[0]);
  return {q};
}

}  // namespace lathe::ops
