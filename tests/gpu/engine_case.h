// SPDX-License-Identifier: Apache-2.0
// Whole engines on the GPU against the goldens of the tiny checkpoints: their prompts in one step
// each, in chunks, token by token (graphs of generation steps), and all together in mixed steps
// over shuffled blocks. Then the same with bits that do not depend on the batch: every way must
// give the bits of the first.
#pragma once

#include <filesystem>
#include <string>

namespace lathe::gpu_tests {

// `engines` holds a folder NAME.DTYPE for each engine, built from `checkpoints`/NAME. Runs those
// whose name contains `filter`; prints a line each. 1 where one fails.
int run_engines(const std::filesystem::path& engines, const std::filesystem::path& checkpoints,
                const std::string& filter);

}  // namespace lathe::gpu_tests
