// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/rope_paged_attention.h"

#include "lathe/ops/rules.h"

namespace lathe::ops {

Types RopePagedAttention::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, needs_lengths(rope.rope.scaling) ? 7 : 6);
  Types rope_inputs{inputs[0], inputs[1], inputs[2], inputs[3], inputs[5]};
  if (inputs.size() == 7) rope_inputs.push_back(inputs[6]);
  const Types written = rope.infer(rope_inputs);
  const TensorType attention_inputs[] = {written[0], written[1], inputs[3], inputs[4], inputs[5]};
  const Types y = PagedAttention{options}.infer(attention_inputs);
  return {y[0], written[1]};
}

}  // namespace lathe::ops
