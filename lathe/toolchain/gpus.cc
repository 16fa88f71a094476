// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/gpus.h"

#include <algorithm>

#include "lathe/core/cuda/arch.h"
#include "lathe/core/cuda/discover.h"

namespace lathe::toolchain {

namespace {

constexpr std::string_view kArch = "sm_90a";  // that kernels are written for

const DeviceInfo* first_of(const cuda::Discovery& found, std::string_view arch) {
  const auto device = std::ranges::find_if(found.devices, [&](const DeviceInfo& info) {
    return info.kind == DeviceKind::kCuda && info.arch == arch;
  });
  return device == found.devices.end() ? nullptr : &*device;
}

}  // namespace

std::string default_target(const cuda::LibrarySearch& search) {
  const bool has_gpu = first_of(cuda::discover_devices(search), kArch) != nullptr;
  return std::string(has_gpu ? kArch : "cpu");
}

std::shared_ptr<const cuda::Device> gpu_for(std::span<const kernels::Target> targets,
                                            const cuda::LibrarySearch& search) {
  if (targets[0].device != DeviceKind::kCuda) return nullptr;
  const cuda::Discovery found = cuda::discover_devices(search);
  const DeviceInfo* info = first_of(found, cuda::arch_of(targets[0].sm));
  return info == nullptr ? nullptr : cuda::Device::open(cuda::load_driver(search), info->index);
}

}  // namespace lathe::toolchain
