// SPDX-License-Identifier: Apache-2.0
// Problem files: bench/problems/<op>.txt. A line is a problem; # begins a comment.
//
//   tokens=512 | {"eps":1e-6} | f32[tokens, 576], f32[576]
//
// First what the step is (tokens, sequences, context, block_size, kv_dtype; what is left out is as
// in BenchStep), then the op's attributes that are not its defaults, then the types of its inputs;
// the outputs follow from the op.
#pragma once

#include <string>
#include <vector>

#include "lathe/kernels/bench/step.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

struct BenchProblem {
  std::string text;  // the line
  Problem problem;
  BenchStep step;
};

// Throws kCorrupt naming `source` and the line, what was expected and what came.
std::vector<BenchProblem> parse_problems(std::string_view op, std::string_view text,
                                         std::string_view source);

// The file's; its name gives the op. Throws kNotFound, kCorrupt.
std::vector<BenchProblem> read_problems(const std::string& path);

}  // namespace lathe::kernels
