// SPDX-License-Identifier: Apache-2.0
// The committed checkpoints of tests/data/checkpoints with what an independent implementation
// computes from them (the README there says what each tensor is).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "lathe/core/tensor.h"

namespace lathe::testing {

struct Golden {
  std::vector<std::vector<int32_t>> prompts;
  std::vector<Tensor> logits;                                // [tokens, vocab], one a prompt
  std::map<std::string, Tensor, std::less<>> intermediates;  // of prompt 0: "hidden.1", …
};

// Every folder there, by name.
std::vector<std::string> checkpoint_names();
std::filesystem::path checkpoint_folder(std::string_view name);
Golden read_golden(std::string_view checkpoint);
Golden read_golden_file(const std::filesystem::path& path);

// All tensors of a safetensors file, in memory of their own.
std::map<std::string, Tensor, std::less<>> read_tensors(const std::filesystem::path& path);

// The greatest distance between two f32 tensors, over the range (greatest - least) of `expected`.
// Infinite where shapes differ or a value is not finite.
double relative_error(const Tensor& actual, const Tensor& expected);

// What f32 has to reach.
inline constexpr double kF32Tolerance = 2e-4;

}  // namespace lathe::testing
