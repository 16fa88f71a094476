// SPDX-License-Identifier: Apache-2.0
// What a session takes of its device, before it takes anything.
#pragma once

#include "lathe/exec/cuda/run_memory.h"
#include "lathe/exec/session.h"

namespace lathe::exec {

// On the engine's GPU, weights that are still to be loaded included. All zero on a CPU, where
// memory is resident as it is used.
RunMemory session_memory(const Engine& engine, const SessionOptions& options);

// Throws kOutOfMemory where the engine's GPU has less free: every part in bytes, and what makes it
// smaller. Nothing on a CPU.
void check_memory(const Engine& engine, const SessionOptions& options);

}  // namespace lathe::exec
