// SPDX-License-Identifier: Apache-2.0
// The devices of this machine, for `lathe devices` and for choosing one by name.
#pragma once

#include <string>
#include <vector>

#include "lathe/core/cuda/library.h"
#include "lathe/core/device.h"

namespace lathe::cuda {

struct Discovery {
  std::vector<DeviceInfo> devices;  // the CPU first, then every GPU
  std::string no_gpu_reason;        // empty where there is a GPU
  int driver_version = 0;           // 13000 is CUDA 13.0; 0 without a driver
};

// Never throws for a missing or broken driver: that is the reason it reports. Makes no context.
Discovery discover_devices(const LibrarySearch& search = {});

// One line a device, and one line that says why there is no GPU.
std::string describe_devices(const Discovery& discovery);

}  // namespace lathe::cuda
