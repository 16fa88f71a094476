// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kv_write/device_prelude.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/kernels/rope/device_prelude.h"
#include "lathe/kernels/rope_kv_write/cuda_any.h"

namespace lathe::kernels {
namespace rope_kv_write_any {

std::string prelude(const ops::RopeKvWrite& op) {
  return device_number("kHeads", op.heads) + rotation_prelude(op.rope);
}

}  // namespace rope_kv_write_any

namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const std::string prelude = cache_prelude(problem.inputs[1].dtype, problem.inputs[0], options) +
                              rope_kv_write_any::prelude(*problem.op.as<ops::RopeKvWrite>());
  return assemble("lathe/kernels/rope_kv_write/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> rope_kv_write_generators() {
  static constexpr Generator kAll[] = {{"rope_kv_write.cuda.any", source}};
  return kAll;
}

}  // namespace lathe::kernels
