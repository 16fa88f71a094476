// SPDX-License-Identifier: Apache-2.0
// The weights file of a self-contained engine: every source of every weight as canonical tensors,
// in the format that the engine runs them in. A safetensors file that anybody can read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lathe/exec/weight_rows.h"

namespace lathe::exec {

// One tensor of the file.
struct StoredTensor {
  std::string name;           // "lm_head.weight#q8_0.scales"
  engine::PlanWeight weight;  // one source alone, the part that this is, no layout
  DType dtype = DType::kF32;
  std::vector<int64_t> sizes;  // kU4 is stored as bytes, two codes each
};

// What the plan's weights need, each once, in order.
std::vector<StoredTensor> stored_tensors(const engine::Plan& plan);

// Reads rows from such a file. Throws kCorrupt naming the file and the tensor that is missing or of
// another size.
RowReader stored_rows(const std::filesystem::path& file);

}  // namespace lathe::exec
