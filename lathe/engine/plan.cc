// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/plan.h"

#include <algorithm>

#include "lathe/kernels/cuda_kernel.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/ops/enum_table.h"

namespace lathe::engine {

namespace {
constexpr auto kStorages = ops::enum_table<Storage>({"input", "weight", "state", "arena", "alias"});
}  // namespace

std::span<const Storage> enum_values(Storage) { return kStorages.values; }
std::string_view to_string(Storage storage) { return kStorages.name(storage); }

int64_t arena_alignment(const Plan& plan) {
  constexpr int64_t kHostAlignment = 64;
  const bool on_gpu = std::ranges::any_of(plan.targets, [](const kernels::Target& target) {
    return target.device == DeviceKind::kCuda;
  });
  return on_gpu ? kernels::kDeviceAlignment : kHostAlignment;
}

Dim aligned_bytes(const TensorType& type, int64_t alignment) {
  // Rounding each coefficient up keeps every multiple of it aligned.
  const Dim elements = type.shape.num_elements();
  return elements.scaled_up(bits_of(type.dtype), 8, alignment);
}

int64_t weight_bytes(const PlanWeight& weight) {
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < weight.shape.size(); ++i) rows *= weight.shape[i];
  const int64_t cols = weight.shape.empty() ? 1 : weight.shape.back();
  const ops::WeightFormatDesc& format = weight.format;
  if (!weight.layout.empty() || format.is_plain()) return format.num_bytes(rows, cols);
  if (weight.part == ops::WeightPart::kValues) return rows * bytes_for(format.code_dtype, cols);
  return rows * bytes_for(format.scale_dtype, cols / format.block_cols);
}

bool has_logits(const Plan& plan) {
  return std::ranges::any_of(plan.outputs, [&](const PlanOutput& output) {
    const TensorType& type = plan.values[static_cast<size_t>(output.value)].type;
    return output.name == "logits" && type.dtype == DType::kF32 && type.shape.rank() == 2 &&
           type.shape[1].constant().value_or(kernels::kMaxSampleVocab + 1) <=
               kernels::kMaxSampleVocab;
  });
}

}  // namespace lathe::engine
