// SPDX-License-Identifier: Apache-2.0
// The launch of paged_attention over heads of any size, for the ops that contain one.
#pragma once

#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/attention.h"

namespace lathe::kernels::paged_attention_any {

struct Call {
  const void* q = nullptr;
  TensorView cache, cu_q_lengths, lengths, tables, y;  // y [tokens, heads, head_dim]
};
// REQUIRES: one token or more.
Launch launch(const Call& call);

// The heads of a problem: of queries of dtype `q`, and the state.
struct Heads {
  const ops::AttentionOptions& options;
  DType q;
  int64_t heads;
  TensorType cache;
};
Support supports(const Heads& heads, const Target& target);

}  // namespace lathe::kernels::paged_attention_any
