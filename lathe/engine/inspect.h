// SPDX-License-Identifier: Apache-2.0
// What an engine says about itself: kernels chosen and refused, fusions, memory, weights.
#pragma once

#include <string>

#include "lathe/engine/manifest.h"

namespace lathe::engine {

// One object: the manifest's facts, and for each plan "targets", "steps" (op, computes, what is
// fused into it, kernels by token range and target, refusals), "kernels" (name -> steps, by
// target), "weights" (bytes by format), "memory" (arena bytes as a formula, the steps that need
// most, bytes of a KV block).
Json inspect(const Manifest& manifest);

// The same as a page of text for one target: an index into the plans' targets.
std::string inspect_text(const Manifest& manifest, size_t target);

}  // namespace lathe::engine
