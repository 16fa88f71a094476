// SPDX-License-Identifier: Apache-2.0
// The formats, one file each; weight_format.cc lists them.
#pragma once

#include "lathe/quant/weight_format.h"

namespace lathe::quant {

const WeightFormat& plain_format();  // f32, f16, bf16
const WeightFormat& q8_0_format();   // GGUF: 8-bit codes, a scale for 32
const WeightFormat& q4_0_format();   // GGUF: 4-bit codes around 8, a scale for 32
const WeightFormat& q4_1_format();   // GGUF: 4-bit codes, a scale and a minimum for 32

}  // namespace lathe::quant
