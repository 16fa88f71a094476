// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/attention.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/quantize.h"
#include "lathe/ops/rope.h"

namespace lathe::ops {

std::span<const OpDef* const> all_ops() {
  static const std::vector<const OpDef*> all = {
      // Primitives.
      // Language models.
      &op_def<Linear>(),          &op_def<Embedding>(),  &op_def<RmsNorm>(),   &op_def<LayerNorm>(),
      &op_def<GatedActivation>(), &op_def<Rope>(),       &op_def<Attention>(), &op_def<KvWrite>(),
      &op_def<PagedAttention>(),  &op_def<Dequantize>(), &op_def<Quantize>(),
      // Collectives.
  };
  return all;
}

}  // namespace lathe::ops
