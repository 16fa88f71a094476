// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kv_write/device_prelude.h"
#include "lathe/kernels/paged_attention/device_prelude.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace {

std::string slopes_table(const std::vector<float>& slopes) {
  std::string out = "__constant__ float kSlopes[] = {";
  for (const float slope : slopes) out += cat(device_constant(slope), ", ");
  return out + "0};\n";
}

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const TensorType& q = problem.inputs[0];
  const std::string prelude = cat(cache_prelude(q.dtype, problem.inputs[1], options),
                                  device_number("kHeads", q.shape[1].value()),
                                  scores_prelude(problem.op.as<ops::PagedAttention>()->options));
  return assemble("lathe/kernels/paged_attention/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::string scores_prelude(const ops::AttentionOptions& options) {
  return cat("constexpr float kScale = ", device_constant(options.scale), ";\n",
             device_number("kWindow", options.window), device_number("kSinks", options.sink_tokens),
             "constexpr float kSoftCap = ", device_constant(options.soft_cap), ";\n",
             device_flag("kCausal", options.causal),
             device_flag("kAlibi", !options.alibi_slopes.empty()),
             slopes_table(options.alibi_slopes));
}

std::span<const Generator> paged_attention_generators() {
  static constexpr Generator kAll[] = {{"paged_attention.cuda.any", source}};
  return kAll;
}

}  // namespace lathe::kernels
