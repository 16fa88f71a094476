// SPDX-License-Identifier: Apache-2.0
// How long a kernel takes for a problem: a model's guess, or a measurement.
#pragma once

#include <functional>

#include "lathe/kernels/kernel.h"

namespace lathe::builder {

struct Candidate {
  const kernels::Kernel& kernel;
  const kernels::Problem& problem;
  const kernels::Target& target;
  int64_t tokens = 1;  // of the step; what other symbols stand for follows from it
  size_t rank = 0;     // in its op's list
};

// Seconds, for comparison with other candidates of the same problem alone.
using Estimator = std::function<double(const Candidate&)>;

// What kernels that serve any problem are taken to cost where others are timed: they are never
// timed themselves, and last.
inline constexpr double kFallbackSeconds = 1e9;
// What is added to the cost model's seconds for what has no time, where others have one.
inline constexpr double kUntimedSeconds = 1e6;

// Whether any values will do for a problem's operands: no indexes and no states, whose candidates
// differ by target alone.
bool is_measurable(const kernels::Problem& problem);

// The greater of moving the problem's bytes and computing its products, at nominal ceilings of the
// instructions that the kernel is made of; among equals the lists' order of preference decides.
// Deterministic, and the same on every machine.
Estimator cost_model();

// Values of the problem's symbols in a step of so many tokens: a context step of one sequence, or a
// generation step of one token for each of `tokens` sequences.
DimBindings step_bindings(const kernels::Problem& problem, int64_t tokens);

}  // namespace lathe::builder
