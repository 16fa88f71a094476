// SPDX-License-Identifier: Apache-2.0
// GGUF's q8_0: a block of 32 is {f16 scale, 32 codes i8}.  value = code * scale
#include <cstring>

#include "lathe/quant/formats.h"
#include "lathe/quant/gguf_blocks.h"

namespace lathe::quant {

namespace {

void unpack(const std::byte* block, const BlockParts& out) {
  std::memcpy(out.scale, block, 2);
  std::memcpy(out.codes, block + 2, 32);
}

}  // namespace

const WeightFormat& q8_0_format() {
  static const GgufBlocks format({
      .format = {.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32},
      .block_bytes = 34,
      .unpack = unpack,
  });
  return format;
}

}  // namespace lathe::quant
