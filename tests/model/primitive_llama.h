// SPDX-License-Identifier: Apache-2.0
// Llama spelled with primitives: RMSNorm as cast, pow, mean, add, sqrt, divide, multiply; silu as
// x * sigmoid(x). Attention, RoPE and the embedding are ops of their own for everyone.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "lathe/models/family.h"

namespace lathe::testing {

// One way of writing the same formulae.
struct Spelling {
  std::string name;
  bool commuted = false;           // operands of + and * the other way round
  bool square_is_product = false;  // x * x for pow(x, 2)
  bool mean_is_sum = false;        // sum / n for mean
  bool late_quotients = false;     // x * (w / root), gate * up / (1 + exp(-gate))
  friend void PrintTo(const Spelling& spelling, std::ostream* out) { *out << spelling.name; }
};
const std::vector<Spelling>& spellings();

// A checkpoint's Llama in that spelling, parameters named as ever.
models::Model primitive_llama(const Json& config, DType dtype, const Spelling& spelling);

}  // namespace lathe::testing
