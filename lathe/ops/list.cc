// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/attention.h"
#include "lathe/ops/collective.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/matmul.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/pointwise_group.h"
#include "lathe/ops/quantize.h"
#include "lathe/ops/reduce.h"
#include "lathe/ops/rope.h"
#include "lathe/ops/rope_kv_write.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::ops {

std::span<const OpDef* const> all_ops() {
  static const std::vector<const OpDef*> all = {
      // Primitives.
      &op_def<Unary>(),
      &op_def<Binary>(),
      &op_def<Compare>(),
      &op_def<Where>(),
      &op_def<Cast>(),
      &op_def<Reduce>(),
      &op_def<Softmax>(),
      &op_def<CumSum>(),
      &op_def<TopK>(),
      &op_def<MatMul>(),
      &op_def<Reshape>(),
      &op_def<Transpose>(),
      &op_def<Slice>(),
      &op_def<Concat>(),
      &op_def<Split>(),
      &op_def<Gather>(),
      &op_def<Scatter>(),
      &op_def<BroadcastTo>(),
      &op_def<Iota>(),
      &op_def<Constant>(),
      &op_def<PointwiseGroup>(),
      // Language models.
      &op_def<Linear>(),
      &op_def<Embedding>(),
      &op_def<RmsNorm>(),
      &op_def<LayerNorm>(),
      &op_def<GatedActivation>(),
      &op_def<Rope>(),
      &op_def<Attention>(),
      &op_def<KvWrite>(),
      &op_def<RopeKvWrite>(),
      &op_def<PagedAttention>(),
      &op_def<NormLinear>(),
      &op_def<RopePagedAttention>(),
      &op_def<Dequantize>(),
      &op_def<Quantize>(),
      // Collectives.
      &op_def<AllReduce>(),
      &op_def<AllGather>(),
      &op_def<ReduceScatter>(),
  };
  return all;
}

}  // namespace lathe::ops
