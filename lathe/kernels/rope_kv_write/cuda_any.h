// SPDX-License-Identifier: Apache-2.0
// The launch of rope_kv_write, for the ops that contain one.
#pragma once

#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/rope_kv_write.h"

namespace lathe::kernels::rope_kv_write_any {

struct Call {
  TensorView cache, qkv, positions, cu_q_lengths, tables;
  const void* lengths = nullptr;
  void* y = nullptr;
};
// REQUIRES: one token or more.
Launch launch(const Call& call);

Support supports(const TensorType& qkv, const Target& target);
// What rope_kv_write/cuda_any.cuh asks for beside the cache's constants.
std::string prelude(const ops::RopeKvWrite& op);

}  // namespace lathe::kernels::rope_kv_write_any
