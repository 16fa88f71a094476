// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace {

std::string source(const Problem&, const GeneratorOptions& options) {
  return assemble("lathe/kernels/copies/cuda_strided.cuh", "", options.source_folder);
}

}  // namespace

std::span<const Generator> copy_generators() {
  static constexpr Generator kAll[] = {{"slice.cuda.strided", source},
                                       {"split.cuda.strided", source},
                                       {"concat.cuda.strided", source},
                                       {"transpose.cuda.strided", source},
                                       {"broadcast_to.cuda.strided", source}};
  return kAll;
}

}  // namespace lathe::kernels
