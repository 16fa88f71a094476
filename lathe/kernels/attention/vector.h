// SPDX-License-Identifier: Apache-2.0
// attention over f32, one task a block of rows.
#pragma once

#include "lathe/kernels/attention/vector_block.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline void run_attention(const KernelArgs& args) {
  const TensorView& q = args.inputs[0];
  const TensorView& k = args.inputs[1];
  const AttentionCall call{.options = args.op.as<ops::Attention>()->options,
                           .q = q.as<float>(),
                           .y = args.outputs[0].as<float>(),
                           .groups = {k.size(1), q.size(1) / k.size(1)},
                           .head_dim = q.size(2)};
  const int32_t whole[] = {0, static_cast<int32_t>(q.size(0))};
  const std::span<const int32_t> begins =
      args.inputs.size() == 3
          ? std::span<const int32_t>(whole)
          : std::span<const int32_t>(args.inputs[3].as<int32_t>(), args.inputs[3].num_elements());
  const RowBlocks blocks(call.groups, begins,
                         {reinterpret_cast<int32_t*>(args.workspace.data()), begins.size()});
  args.pool.run(static_cast<size_t>(blocks.size()), [&](size_t index) {
    const RowBlock block = blocks.at(static_cast<int64_t>(index));
    const int64_t begin = begins[static_cast<size_t>(block.sequence)];
    const int64_t length = begins[static_cast<size_t>(block.sequence) + 1] - begin;
    attend_block(
        call,
        {.first_token = begin, .num_tokens = length, .first_position = 0, .kv_length = length},
        block,
        {.keys = k.data,
         .values = args.inputs[2].data,
         .dtype = k.dtype,
         .head_dim = call.head_dim,
         .first = (begin * k.size(1) + block.kv_head) * call.head_dim,
         .row_stride = k.size(1) * call.head_dim});
  });
}

}  // namespace
}  // namespace lathe::kernels
