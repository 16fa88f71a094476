// SPDX-License-Identifier: Apache-2.0
// The shape of a launch as plain data: what a kernel's record computes and `launch` hands on.
#pragma once

#include <cstdint>

namespace lathe::cuda {

struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;
  bool operator==(const Dim3&) const = default;
};

// What a grid may have along y and z, on every GPU; along x it is 2^31 - 1. What grows with a step
// belongs into x.
inline constexpr uint32_t kMaxGridYz = 65535;

// kProgrammatic: may start while its predecessor runs (see module.h).
enum class Overlap : uint8_t { kNone, kProgrammatic };

struct LaunchConfig {
  Dim3 grid = {};
  Dim3 block = {};
  Dim3 cluster = {};  // 1,1,1: none
  uint32_t shared_bytes = 0;
  Overlap overlap = Overlap::kNone;
  bool operator==(const LaunchConfig&) const = default;
};

}  // namespace lathe::cuda
