// SPDX-License-Identifier: Apache-2.0
// A planted fault: what `diff` has to find. Test builds only (LATHE_PLANTS).
#pragma once

#include <string>

#include "lathe/engine/folder.h"
#include "lathe/kernels/kernel.h"

namespace lathe::exec {

// Every step of `op` computes 1 % too much.
struct Plant {
  std::string op;  // empty = none
};

// What `build --plant OP` left in an engine's folder: a file of this name that holds the op's name.
inline constexpr std::string_view kPlantFile = "plant";
Plant planted_in(const engine::Files& files);

// Throws kUnsupported where something is planted in a build without plants.
void check_plant(const Plant& plant);

// Whether any of the views is of a floating dtype.
bool has_floating(std::span<const TensorView> views);
// Makes the values 1 % greater. REQUIRES: memory of the host.
void grow(const TensorView& view);

// Runs the kernel; then its floating outputs grow by 1 %. One that has none, because it writes into
// a cache, reads its floating inputs 1 % too large.
void run_planted(const kernels::Kernel& kernel, const kernels::KernelArgs& args);

}  // namespace lathe::exec
