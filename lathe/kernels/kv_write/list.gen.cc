// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kv_write/device_prelude.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  return assemble("lathe/kernels/kv_write/cuda_any.cuh",
                  cache_prelude(problem.inputs[1].dtype, problem.inputs[0], options),
                  options.source_folder);
}

}  // namespace

std::span<const Generator> kv_write_generators() {
  static constexpr Generator kAll[] = {{"kv_write.cuda.any", source}};
  return kAll;
}

}  // namespace lathe::kernels
