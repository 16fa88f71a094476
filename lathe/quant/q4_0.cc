// SPDX-License-Identifier: Apache-2.0
// GGUF's q4_0: a block of 32 is {f16 scale, 32 codes of 4 bits}.  value = (code - 8) * scale
#include <cstring>

#include "lathe/quant/formats.h"
#include "lathe/quant/gguf_blocks.h"

namespace lathe::quant {

namespace {

void unpack(const std::byte* block, const BlockParts& out) {
  std::memcpy(out.scale, block, 2);
  unpack_nibbles(block + 2, out.codes);
}

}  // namespace

const WeightFormat& q4_0_format() {
  static const GgufBlocks format({
      .format = {.name = "q4_0", .code_dtype = DType::kU4, .block_cols = 32, .code_offset = 8},
      .block_bytes = 18,
      .unpack = unpack,
  });
  return format;
}

}  // namespace lathe::quant
