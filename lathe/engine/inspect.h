// SPDX-License-Identifier: Apache-2.0
// What an engine says about itself: kernels chosen and refused, fusions, memory, weights.
#pragma once

#include <string>

#include "lathe/engine/folder.h"

namespace lathe::engine {

// "cpu avx2", "cuda sm_90a" and the like.
std::string target_name(const kernels::Target& target);

// One object: format_version, lathe_version, checkpoint, model, dtype, device_code (of a GPU's
// engine: arch, compiler, options, bytes: {key: size}) and plans, each with
//   kernels  {target: {kernel: choices of it}}
//   weights  {target: {format: {weights, bytes}}}, resident ones
//   refused  {target: [{op, why, kernels, steps}]}: the steps' refusals, those of one reason
//   together cost     {context, generation: {bytes, flops}}: what a context of 512 tokens, and a
//   token behind
//            as many, move and compute at least
//   memory   {arena_bytes (a formula in the run's limits), kv_block_bytes, kv_token_bytes}
//   steps    [{op, computes, fused, cost (of the launch, as above), kernels: {target: {chosen:
//   [{up_to_tokens, kernel,
//            workspace_bytes, code (a GPU's)}], refused: [{kernel, why}]}}}]
// Targets are named by target_name.
Json inspect(const EngineData& engine);

// The same as a page of text for one target: an index into the plans' targets.
std::string inspect_text(const EngineData& engine, size_t target);

}  // namespace lathe::engine
