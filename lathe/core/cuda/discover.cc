// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/discover.h"

#include "lathe/base/error.h"
#include "lathe/core/cuda/device.h"

namespace lathe::cuda {

Discovery discover_devices(const LibrarySearch& search) {
  Discovery out;
  out.devices.push_back(cpu_device_info());
  try {
    const std::shared_ptr<const Driver> driver = load_driver(search);
    out.driver_version = driver->version;
    int count = 0;
    const Result result = driver->cuDeviceGetCount(&count);
    if (result != 0) fail(ErrorCode::kUnavailable, "cuDeviceGetCount: ", driver->describe(result));
    for (int index = 0; index < count; ++index) {
      out.devices.push_back(device_info(*driver, index));
    }
    if (count == 0) out.no_gpu_reason = "the driver reports no GPU";
  } catch (const Error& error) {
    out.no_gpu_reason = error.message();
  }
  return out;
}

std::string describe_devices(const Discovery& discovery) {
  std::string out;
  for (const DeviceInfo& device : discovery.devices) out += cat(to_text(device), "\n");
  if (!discovery.no_gpu_reason.empty()) out += cat("cuda: none: ", discovery.no_gpu_reason, "\n");
  return out;
}

}  // namespace lathe::cuda
