// SPDX-License-Identifier: Apache-2.0
// The one way from a recipe's work to a stream.
#pragma once

#include "lathe/core/cuda/cublaslt.h"
#include "lathe/core/cuda/module.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::kernels {

// `find(entry)` gives an entry's cuda::Kernel. `products`: null where no kernel's library is open.
template <class Find>
void enqueue(const cuda::Stream& stream, const DeviceWork& work, const Find& find,
             cuda::MatmulPlans* products) {
  if (const auto* launch = std::get_if<Launch>(&work)) {
    LaunchParameter parameter = launch->parameter;
    void* arguments[] = {parameter.data()};
    return cuda::launch_raw(stream, find(launch->entry), launch->config, arguments);
  }
  LATHE_CHECK(products != nullptr, "a product without its library");
  products->enqueue(stream, std::get<cuda::Matmul>(work));
}

}  // namespace lathe::kernels
