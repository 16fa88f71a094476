// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const std::string prelude = cat(device_alias("Table", problem.inputs[1].dtype),
                                  device_alias("Output", problem.outputs[0].dtype));
  return assemble("lathe/kernels/embedding/cuda_rows.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> embedding_generators() {
  static constexpr Generator kAll[] = {{"embedding.cuda.rows", source}};
  return kAll;
}

}  // namespace lathe::kernels
