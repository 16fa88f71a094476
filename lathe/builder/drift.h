// SPDX-License-Identifier: Apache-2.0
// Comparing one value of an engine with what it should be, for diff.h.
#pragma once

#include "lathe/builder/diff.h"

namespace lathe::builder {

struct Comparison {
  size_t step;       // of the engine's first plan
  std::string name;  // of the value
  const Tensor& got;
  const Tensor& expected;
};

// Compares, counts, and keeps the first value that is beyond `tolerance` (0 = what its dtype can
// hold). `bindings` tell which kernel the step took.
void record(const Comparison& comparison, const exec::Engine& engine, double tolerance,
            const DimBindings& bindings, DiffReport& report);

// A copy in memory of its own.
Tensor copy_of(const TensorView& view);

}  // namespace lathe::builder
