// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/weights/cuda_fill.h"
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace {

struct DevicePlace {
  std::string_view layout;
  std::string_view type;  // in the device source
};
constexpr DevicePlace kPlaces[] = {
    {"", "RowsPlace"}, {"mma", "MmaPlace<false>"}, {"mma.gated", "MmaPlace<true>"}};

std::string source_for(const DevicePlace& place, DType dtype, const GeneratorOptions& options) {
  // Place is named before the file defines it.
  const std::string prelude =
      cat("using Element = ", device_type(dtype),
          ";\nstruct RowsPlace;\ntemplate <bool kGated>\nstruct MmaPlace;\n",
          "using Place = ", place.type, ";\n");
  return assemble("lathe/kernels/weights/cuda_fill.cuh", prelude, options.source_folder);
}

}  // namespace

std::string fill_source(std::string_view code, const GeneratorOptions& options) {
  for (const DevicePlace& place : kPlaces) {
    for (const DType dtype : {DType::kBf16, DType::kF16, DType::kF32}) {
      const bool exists = place.layout.empty() || is_half(dtype);
      if (exists && fill_code(place.layout, dtype) == code)
        return source_for(place, dtype, options);
    }
  }
  fail(ErrorCode::kNotFound, "no weights are filled by ", quote(code));
}

}  // namespace lathe::kernels
