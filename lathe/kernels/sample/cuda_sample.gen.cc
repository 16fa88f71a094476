// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {

std::string sample_source(const GeneratorOptions& options) {
  return assemble("lathe/kernels/sample/cuda_sample.cuh", "", options.source_folder);
}

}  // namespace lathe::kernels
