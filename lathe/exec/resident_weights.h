// SPDX-License-Identifier: Apache-2.0
// The weights of a self-contained engine for a CPU: each as it lies in memory, packed or canonical,
// so that loading maps the file and reads nothing. All ISA classes share their layouts.
#pragma once

#include <filesystem>
#include <span>

#include "lathe/base/thread_pool.h"
#include "lathe/exec/weight_rows.h"

namespace lathe::exec {

// Writes every weight that kernels of any target read, packed, each once and one at a time: memory
// is bounded by the greatest. Throws kNotFound where the file cannot be written, kOutOfMemory, and
// what the reader throws.
void store_resident(std::span<const engine::Plan> plans, const RowReader& rows, ThreadPool& pool,
                    const std::filesystem::path& file);

// Tensors over the mapped file, which they keep. Throws kNotFound, kCorrupt; a read throws kCorrupt
// for a weight that the file lacks or holds in another size.
ResidentReader resident_weights(const std::filesystem::path& file);

}  // namespace lathe::exec
