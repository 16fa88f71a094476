// SPDX-License-Identifier: Apache-2.0
// An engine against its checkpoint's interpreter, or against another engine: what `lathe diff`
// calls.
#pragma once

#include <filesystem>
#include <vector>

#include "lathe/builder/diff.h"

namespace lathe::toolchain {

struct DiffEngineOptions {
  std::filesystem::path engine = {};
  std::filesystem::path against = {};   // a checkpoint or an engine; empty: where its weights are
  std::vector<int32_t> token_ids = {};  // the prompt, one context step
  exec::LoadOptions load = {};
  double tolerance = 0;  // 0 = what each value's dtype can hold
};

// Against a checkpoint: op by op on the engine's own values. Against an engine: value by value of
// two runs, where both have one of the same name. Throws what loading throws, kInvalidArgument for
// a prompt that is empty or holds ids outside the vocabulary.
builder::DiffReport diff_engine(const DiffEngineOptions& options);

}  // namespace lathe::toolchain
