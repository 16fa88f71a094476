// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kv_write/device_prelude.h"
#include "lathe/kernels/paged_attention/device_prelude.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/kernels/rope_kv_write/cuda_any.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::kernels {
namespace {

// The same constants for both kernels.
std::string prelude(const Problem& problem, const GeneratorOptions& options) {
  const auto& op = *problem.op.as<ops::RopePagedAttention>();
  return cat(cache_prelude(problem.inputs[1].dtype, problem.inputs[0], options),
             rope_kv_write_any::prelude(op.rope), scores_prelude(op.options));
}

std::string sm90_source(const Problem& problem, const GeneratorOptions& options) {
  return assemble("lathe/kernels/rope_paged_attention/cuda_all.cuh",
                  device_flag("kFused", true) + prelude(problem, options), options.source_folder);
}

std::string any_source(const Problem& problem, const GeneratorOptions& options) {
  return assemble("lathe/kernels/rope_paged_attention/cuda_any.cuh", prelude(problem, options),
                  options.source_folder);
}

}  // namespace

std::span<const Generator> rope_paged_attention_generators() {
  static constexpr Generator kAll[] = {{"rope_paged_attention.cuda.sm90", sm90_source},
                                       {"rope_paged_attention.cuda.any", any_source}};
  return kAll;
}

}  // namespace lathe::kernels
