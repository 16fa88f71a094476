// SPDX-License-Identifier: Apache-2.0
#include "gpu.h"

#include <algorithm>

#include "lathe/base/file.h"
#include "lathe/base/hash.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::gpu_tests {

std::vector<std::byte> CubinFolder::cubin(const std::string& name, const std::string& source) {
  const std::filesystem::path path = folder_ / (hex64(Hasher().add(source).digest()) + ".cubin");
  if (std::filesystem::exists(path)) {
    const std::string text = read_file(path);
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    return {bytes, bytes + text.size()};
  }
  if (!nvrtc_) nvrtc_ = cuda::Nvrtc::open();
  cuda::CompiledKernel compiled = nvrtc_->compile({.name = name, .source = source, .options = {}});
  std::filesystem::create_directories(folder_);
  write_file(path, {reinterpret_cast<const char*>(compiled.cubin.data()), compiled.cubin.size()});
  return compiled.cubin;
}

Gpu Gpu::open(CubinFolder& cubins) {
  auto device = cuda::Device::open(cuda::load_driver(), 0);
  cuda::Stream stream(device);
  return {device, std::move(stream), cubins};
}

std::shared_ptr<cuda::Module> Gpu::module(const std::string& name, const std::string& source) {
  std::shared_ptr<cuda::Module>& entry = modules[source];
  if (entry == nullptr) {
    entry = std::make_shared<cuda::Module>(device, cubins.cubin(name, source), name);
  }
  return entry;
}

cuda::MatmulPlans& Gpu::products() {
  if (!opened_products) opened_products.emplace(std::make_shared<const cuda::CublasLt>(device));
  return *opened_products;
}

cuda::DeviceBuffer upload(Gpu& gpu, const void* data, size_t bytes) {
  cuda::DeviceBuffer buffer(gpu.device, std::max<size_t>(bytes, 16), "operand");
  gpu.stream.copy_to_device(buffer.address(), data, bytes);
  gpu.stream.synchronize();
  return buffer;
}

std::vector<std::byte> download(Gpu& gpu, const cuda::DeviceBuffer& buffer) {
  std::vector<std::byte> out(buffer.size());
  gpu.stream.copy_to_host(out.data(), buffer.address(), out.size());
  gpu.stream.synchronize();
  return out;
}

double median_us(Gpu& gpu, const cuda::GraphExec& graph, int repeats) {
  for (int i = 0; i < 3; ++i) graph.launch(gpu.stream);
  std::vector<double> times;
  cuda::Event begin(gpu.device), end(gpu.device);
  for (int i = 0; i < repeats; ++i) {
    begin.record(gpu.stream);
    graph.launch(gpu.stream);
    end.record(gpu.stream);
    end.synchronize();
    times.push_back(static_cast<double>(elapsed_us(begin, end)));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace lathe::gpu_tests
