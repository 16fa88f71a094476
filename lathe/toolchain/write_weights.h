// SPDX-License-Identifier: Apache-2.0
// The weights file of a self-contained engine (exec/stored_weights.h).
#pragma once

#include <filesystem>

#include "lathe/exec/weight_rows.h"

namespace lathe::toolchain {

// Writes all weights of the plan, one tensor at a time: memory is bounded by the largest. Throws
// what the reader throws, and kResourceExhausted where the disk is full.
void write_weights(const std::filesystem::path& file, const engine::Plan& plan,
                   const exec::RowReader& rows);

}  // namespace lathe::toolchain
