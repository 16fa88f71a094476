// SPDX-License-Identifier: Apache-2.0
// What GGUF's block formats have in common: a row is a run of blocks, each coded by itself. A
// format describes its block; the walk over rows is here.
#pragma once

#include "lathe/quant/weight_format.h"

namespace lathe::quant {

// Where one block's parts go.
struct BlockParts {
  std::byte* codes;    // block_cols codes of desc.code_dtype
  std::byte* scale;    // the bits of one scale
  std::byte* minimum;  // the bits of one minimum; null where the format has none
};

struct BlockDesc {
  ops::WeightFormatDesc format;  // its name is the storage type's
  int64_t block_bytes;
  void (*unpack)(const std::byte* block, const BlockParts& out);
};

// A matrix [rows, cols] of such blocks; rows may be regrouped, never transposed. `read` throws
// kCorrupt for a scale or minimum that is not finite, naming tensor and block. REQUIRES: scales are
// f16.
class GgufBlocks final : public WeightFormat {
 public:
  explicit GgufBlocks(const BlockDesc& block) : block_(block) {}
  std::optional<Weight> recognise(const weights::CheckpointReader& checkpoint,
                                  const ops::WeightSource& source) const override;
  ops::CanonicalTensor read(const weights::CheckpointReader& checkpoint,
                            const ops::WeightSource& source, RowRange rows) const override;

 private:
  BlockDesc block_;
};

// 32 codes of 4 bits. GGUF keeps code j in the low nibble of byte j and code j + 16 in the high
// one; canonical rows have neighbours side by side, the first in the low nibble.
void unpack_nibbles(const std::byte* stored, std::byte* codes);

}  // namespace lathe::quant
