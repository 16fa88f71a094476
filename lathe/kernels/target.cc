// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/target.h"

namespace lathe::kernels {

std::span<const CpuIsa> enum_values(CpuIsa) {
  static constexpr CpuIsa kAll[] = {CpuIsa::kAvx2, CpuIsa::kAvx512, CpuIsa::kVnni};
  return kAll;
}

std::string_view to_string(CpuIsa isa) {
  switch (isa) {
    case CpuIsa::kAvx2:
      return "avx2";
    case CpuIsa::kAvx512:
      return "avx512";
    case CpuIsa::kVnni:
      return "vnni";
  }
  return "?";
}

CpuIsa machine_isa() {
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (!avx512) return CpuIsa::kAvx2;
  return __builtin_cpu_supports("avx512vnni") ? CpuIsa::kVnni : CpuIsa::kAvx512;
}

}  // namespace lathe::kernels
