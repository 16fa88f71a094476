// SPDX-License-Identifier: Apache-2.0
// The GPU that an engine is loaded on: device, stream, and the engine's device code.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lathe/core/cuda/cublaslt.h"
#include "lathe/core/cuda/module.h"
#include "lathe/core/cuda/stream.h"
#include "lathe/engine/device_code.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::exec {

// Opens GPU `index` for kernels of architecture `sm`. Throws kUnavailable where there is no driver,
// an older one, no GPU, or one of another architecture; kNotFound turns into kUnavailable too: what
// is wrong is the machine, not the engine.
std::shared_ptr<const cuda::Device> open_gpu(int index, int sm,
                                             const cuda::LibrarySearch& search = {});
std::shared_ptr<const cuda::Device> check_gpu(std::shared_ptr<const cuda::Device> device, int sm);

// Opens cuBLASLt for a device. Throws kUnavailable that says how to do without.
std::shared_ptr<const cuda::CublasLt> open_products(std::shared_ptr<const cuda::Device> device,
                                                    const cuda::LibrarySearch& search = {});

// Immutable after construction. Its stream carries the loading and all sessions of the engine.
class Gpu {
 public:
  // Loads all device code. Throws kUnavailable for code that the driver refuses. `products`: null
  // where no kernel that is run needs the library.
  Gpu(std::shared_ptr<const cuda::Device> device, const engine::DeviceCode& code,
      std::shared_ptr<const cuda::CublasLt> products = nullptr);

  const std::shared_ptr<const cuda::Device>& device() const { return device_; }
  const DeviceInfo& info() const { return device_->info(); }
  const cuda::Stream& stream() const { return stream_; }
  const std::shared_ptr<const cuda::CublasLt>& products() const { return products_; }
  // An entry point. Throws kUnavailable where the code is missing or has no such entry.
  cuda::Kernel kernel(std::string_view code, std::string_view entry) const;

 private:
  std::shared_ptr<const cuda::Device> device_;
  cuda::Stream stream_;
  std::shared_ptr<const cuda::CublasLt> products_;
  std::map<std::string, cuda::Module, std::less<>> modules_;
};

// Entry points and products that were asked for before, so that work costs a look-up. One thread.
class Entries {
 public:
  explicit Entries(const Gpu& gpu);
  const cuda::Kernel& find(std::string_view code, std::string_view entry);
  // Enqueues on the GPU's stream. REQUIRES: products that the GPU has a library for.
  void enqueue(std::string_view code, const kernels::DeviceWork& work);

 private:
  const Gpu& gpu_;
  std::map<std::string_view, std::map<std::string_view, cuda::Kernel>> found_;
  std::optional<cuda::MatmulPlans> products_;
};

}  // namespace lathe::exec
