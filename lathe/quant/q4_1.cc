// SPDX-License-Identifier: Apache-2.0
// GGUF's q4_1: a block of 32 is {f16 scale, f16 minimum, 32 codes of 4 bits}.
//   value = code * scale + minimum
#include <cstring>

#include "lathe/quant/formats.h"
#include "lathe/quant/gguf_blocks.h"

namespace lathe::quant {

namespace {

void unpack(const std::byte* block, const BlockParts& out) {
  std::memcpy(out.scale, block, 2);
  std::memcpy(out.minimum, block + 2, 2);
  unpack_nibbles(block + 4, out.codes);
}

}  // namespace

const WeightFormat& q4_1_format() {
  static const GgufBlocks format({
      .format = {.name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true},
      .block_bytes = 20,
      .unpack = unpack,
  });
  return format;
}

}  // namespace lathe::quant
