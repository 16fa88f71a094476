// SPDX-License-Identifier: Apache-2.0
// What kernels are chosen for: a CPU's ISA class or a GPU's architecture.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lathe/base/fields.h"
#include "lathe/core/device.h"

namespace lathe::kernels {

// Ascending: a class holds all that stand before it.
enum class CpuIsa : uint8_t { kAvx2, kAvx512, kVnni };
std::span<const CpuIsa> enum_values(CpuIsa);
std::string_view to_string(CpuIsa isa);  // "avx2", "avx512", "vnni"

// The highest class that this machine runs.
CpuIsa machine_isa();

struct Target {
  DeviceKind device = DeviceKind::kCpu;
  CpuIsa isa = CpuIsa::kAvx2;  // of a CPU
  int sm = 0;                  // of a GPU: 90 for sm_90a
  bool operator==(const Target&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("device", &Target::device);
    v("isa", &Target::isa);
    v("sm", &Target::sm);
  }
};

}  // namespace lathe::kernels
