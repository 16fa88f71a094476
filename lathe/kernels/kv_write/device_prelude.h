// SPDX-License-Identifier: Apache-2.0
// Constants of device sources that touch the paged cache (kv_write/paged.cuh). Build side only.
#pragma once

#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"

namespace lathe::kernels {

// Element, kKvHeads, kHeadDim, kBlock; `cache`: the type of the state.
inline std::string cache_prelude(DType element, const TensorType& cache,
                                 const GeneratorOptions& options) {
  return cat(device_alias("Element", element), device_number("kKvHeads", cache.shape[0].value()),
             device_number("kHeadDim", cache.shape[1].value()),
             device_number("kBlock", options.block_size));
}

}  // namespace lathe::kernels
