// SPDX-License-Identifier: Apache-2.0
// What a device is, as plain data: what kernels, the builder and `lathe devices` ask about it.
// The device itself (memory, streams, launches) is `cuda::Device` or the host.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lathe {

// Do not change these values: they are stored in engines.
enum class DeviceKind : uint8_t { kCpu = 1, kCuda = 2 };
std::span<const DeviceKind> enum_values(DeviceKind);
std::string_view to_string(DeviceKind kind);  // "cpu", "cuda"

struct DeviceInfo {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;           // among the devices of its kind
  std::string name;        // as the vendor writes it
  std::string arch;        // "x86-64-v3", "sm_90a": what code for it is compiled for
  int num_processors = 0;  // hardware threads of a CPU, multiprocessors of a GPU
  int64_t memory_bytes = 0;
  int64_t l2_bytes = 0;                // 0 where unknown
  int64_t shared_bytes_per_block = 0;  // 0 on a CPU
  bool operator==(const DeviceInfo&) const = default;

  template <class V>
  static void fields(V&& v) {
    v("kind", &DeviceInfo::kind);
    v("index", &DeviceInfo::index);
    v("name", &DeviceInfo::name);
    v("arch", &DeviceInfo::arch);
    v("num_processors", &DeviceInfo::num_processors);
    v("memory_bytes", &DeviceInfo::memory_bytes);
    v("l2_bytes", &DeviceInfo::l2_bytes);
    v("shared_bytes_per_block", &DeviceInfo::shared_bytes_per_block);
  }
};

// The machine's CPU, read from /proc; empty fields where that says nothing.
DeviceInfo cpu_device_info();

// "cuda:0 NVIDIA H100 80GB HBM3, sm_90a, 132 processors, 79.2 GiB"
std::string to_text(const DeviceInfo& info);

}  // namespace lathe
