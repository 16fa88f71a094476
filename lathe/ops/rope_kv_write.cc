// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/rope_kv_write.h"

#include "lathe/base/error.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {

Types RopeKvWrite::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, needs_lengths(rope.scaling) ? 6 : 5);
  const TensorType& cache = inputs[0];
  const TensorType& qkv = inputs[1];
  expect_dtype(cache, DType::kState, "cache");
  expect_rank(cache, 2, "cache");
  expect_floating(qkv, "qkv");
  expect_rank(qkv, 2, "qkv");
  const Dim& kv_heads = cache.shape[0];
  const Dim& head_dim = cache.shape[1];
  if (heads < 1) fail(ErrorCode::kInvalidArgument, "heads: expected 1 or more, got ", heads);
  expect_dim(qkv, 1, (kv_heads * 2 + heads) * head_dim.value(), "qkv");
  const TensorType q{qkv.dtype, {qkv.shape[0], heads, head_dim}};
  const TensorType k{qkv.dtype, {qkv.shape[0], kv_heads, head_dim}};
  Types rope_inputs{q, inputs[2]};
  if (inputs.size() == 6) rope_inputs.push_back(inputs[5]);
  (void)rope.infer(rope_inputs);
  const TensorType kv_inputs[] = {cache, k, k, inputs[2], inputs[3], inputs[4]};
  (void)KvWrite{}.infer(kv_inputs);
  return {q, cache};
}

}  // namespace lathe::ops
