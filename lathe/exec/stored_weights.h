// SPDX-License-Identifier: Apache-2.0
// The weights of a self-contained engine for a GPU: one safetensors file of canonical tensors in
// the formats that the plans run, packed at load like a checkpoint's.
#pragma once

#include <filesystem>
#include <span>

#include "lathe/exec/weight_rows.h"

namespace lathe::exec {

// Writes every source of every weight of the plans, each once, a few rows at a time. Throws
// kNotFound where the file cannot be written, and what the reader throws.
void store_weights(std::span<const engine::Plan> plans, const RowReader& rows,
                   const std::filesystem::path& file);

// Reads them back. Throws kNotFound, kCorrupt; a read throws kCorrupt for a weight that the file
// lacks or that has another shape there.
RowReader stored_rows(const std::filesystem::path& file);

}  // namespace lathe::exec
