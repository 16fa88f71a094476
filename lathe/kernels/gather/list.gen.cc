// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace {

// "signed char", "i32", …
std::string_view index_type(DType dtype) {
  switch (dtype) {
    case DType::kI8:
      return "signed char";
    case DType::kU8:
      return "unsigned char";
    case DType::kI32:
      return "i32";
    default:
      return "i64";
  }
}

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const std::string prelude = cat("using Index = ", index_type(problem.inputs[1].dtype), ";\n");
  return assemble("lathe/kernels/gather/cuda_rows.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> gather_generators() {
  static constexpr Generator kAll[] = {{"gather.cuda.rows", source}};
  return kAll;
}

}  // namespace lathe::kernels
