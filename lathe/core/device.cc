// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/device.h"

#include <unistd.h>

#include <array>
#include <fstream>

#include "lathe/base/text.h"

namespace lathe {
namespace {

// The value behind the first "key : value" line of a /proc file.
std::string proc_value(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const size_t colon = line.find(':');
    if (colon != std::string::npos)
      return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

}  // namespace

std::span<const DeviceKind> enum_values(DeviceKind) {
  static constexpr std::array kValues = {DeviceKind::kCpu, DeviceKind::kCuda};
  return kValues;
}

std::string_view to_string(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::kCpu:
      return "cpu";
    case DeviceKind::kCuda:
      return "cuda";
  }
  return "unknown";
}

DeviceInfo cpu_device_info() {
  DeviceInfo info;
  info.name = proc_value("/proc/cpuinfo", "model name");
  info.arch = "x86-64-v3";
  info.num_processors = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  info.memory_bytes = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  const long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
  info.l2_bytes = l2 > 0 ? l2 : 0;
  return info;
}

std::string to_text(const DeviceInfo& info) {
  const int64_t tenths = info.memory_bytes * 10 / (int64_t{1} << 30);
  return cat(to_string(info.kind), ":", info.index, " ", info.name, ", ", info.arch, ", ",
             info.num_processors, " processors, ", tenths / 10, ".", tenths % 10, " GiB");
}

}  // namespace lathe
