// SPDX-License-Identifier: Apache-2.0
// rope over f32: a token's factors are made once and serve all its heads.
#pragma once

#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector_rotation.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline void run_rope(const KernelArgs& args) {
  const Rotator rotator(*args.op.as<ops::Rope>());
  const int64_t heads = args.inputs[0].size(1);
  const int64_t head_dim = args.inputs[0].size(2);
  const auto* x = args.inputs[0].as<float>();
  const auto* positions = args.inputs[1].as<int32_t>();
  const auto* lengths = rotator.by_length ? args.inputs[2].as<int32_t>() : nullptr;
  auto* y = args.outputs[0].as<float>();
  const int64_t tokens = args.inputs[0].size(0);
  for_ranges(args.pool, tokens, grain_rows(heads * head_dim), [&](int64_t begin, int64_t end) {
    TokenRotation rotation;
    for (int64_t token = begin; token < end; ++token) {
      rotation_of(rotator, positions[token], lengths == nullptr ? 0 : lengths[token], rotation);
      for (int64_t head = token * heads; head < (token + 1) * heads; ++head) {
        rotate(rotator.rope, rotation, x + head * head_dim, head_dim, y + head * head_dim);
      }
    }
  });
}

}  // namespace
}  // namespace lathe::kernels
