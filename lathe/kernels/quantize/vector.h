// SPDX-License-Identifier: Apache-2.0
// quantize over f32 rows. The bits are the reference's.
#pragma once

#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector_quantize.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/quantize.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline void run_quantize(const KernelArgs& args) {
  constexpr int64_t kGrainElements = 8192;
  const int64_t block = args.op.as<ops::Quantize>()->block;
  const auto* x = args.inputs[0].as<float>();
  auto* codes = args.outputs[0].as<int8_t>();
  auto* scales = args.outputs[1].as<float>();
  const int64_t blocks = args.outputs[1].num_elements();
  const int64_t grain = std::max<int64_t>(1, kGrainElements / block);
  for_ranges(args.pool, blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* values = x + i * block;
      scales[i] = block == 2 * kVector
                      ? quantize_32(load(values), load(values + kVector), codes + i * block)
                      : quantize_vectors(values, block, codes + i * block);
    }
  });
}

}  // namespace
}  // namespace lathe::kernels
