// SPDX-License-Identifier: Apache-2.0
// What every test of this binary runs on: one GPU, a stream, and a
// compiler with a folder of finished cubins, so that device time is not spent on compiling.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lathe/core/cuda/buffer.h"
#include "lathe/core/cuda/cublaslt.h"
#include "lathe/core/cuda/graph.h"
#include "lathe/core/cuda/module.h"
#include "lathe/core/cuda/nvrtc.h"

namespace lathe::gpu_tests {

// Cubins by the hash of their source: read from the folder, or compiled and stored there.
class CubinFolder {
 public:
  explicit CubinFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::vector<std::byte> cubin(const std::string& name, const std::string& source);

 private:
  std::filesystem::path folder_;
  std::optional<cuda::Nvrtc> nvrtc_;
};

struct Gpu {
  std::shared_ptr<const cuda::Device> device;
  cuda::Stream stream;
  CubinFolder& cubins;
  std::map<std::string, std::shared_ptr<cuda::Module>> modules = {};  // by source
  std::optional<cuda::MatmulPlans> opened_products = {};

  static Gpu open(CubinFolder& cubins);
  std::shared_ptr<cuda::Module> module(const std::string& name, const std::string& source);
  cuda::MatmulPlans& products();  // opens the library when first asked
  int num_processors() const { return device->info().num_processors; }
};

// Device memory with host values, and back.
cuda::DeviceBuffer upload(Gpu& gpu, const void* data, size_t bytes);
std::vector<std::byte> download(Gpu& gpu, const cuda::DeviceBuffer& buffer);

// Median time of one run of `graph` in µs, which holds `nodes` launches: per launch.
double median_us(Gpu& gpu, const cuda::GraphExec& graph, int repeats);

}  // namespace lathe::gpu_tests
