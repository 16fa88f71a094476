// SPDX-License-Identifier: Apache-2.0
// Running another program.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace lathe {

// Runs the program with these arguments behind its name, with no standard input and output, its
// standard error in `log` (replaced); waits for it. Gives its exit code, or 128 + the signal that
// ended it. Any thread. Throws kUnavailable where it cannot be started.
int run_program(const std::filesystem::path& program, std::span<const std::string> arguments,
                const std::filesystem::path& log);

}  // namespace lathe
