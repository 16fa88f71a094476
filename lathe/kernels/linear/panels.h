// SPDX-License-Identifier: Apache-2.0
// Packed weights as linear reads them: panels of 32 rows, each a stream that is read once, in
// order. A panel is padded with zeros where the weight has no more rows.
//
// Gated weights are [gate; up]: a panel takes 16 rows of the one and the 16 that belong to them of
// the other, so that one tile has both.
//
//   dense, f32 and f16: [column][lane]
//   dense, bf16:        [column / 2][lane][2], one column of zeros behind an odd number
//   blocks of 32:       [block], each as block_tile.h describes it
//
// The same bytes serve every ISA class.
#pragma once

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/linear/tiles.h"

namespace lathe::kernels {

enum class PanelOrder : uint8_t { kPlain, kGated };

struct PanelSlot {
  int64_t panel;
  int64_t lane;
};

// Where a row of a weight of `rows` rows goes.
PanelSlot panel_slot(PanelOrder order, int64_t row, int64_t rows);
int64_t num_panels(PanelOrder order, int64_t rows);
// Elements of y that a panel yields.
constexpr int64_t panel_outputs(PanelOrder order) {
  return order == PanelOrder::kGated ? kPanelRows / 2 : kPanelRows;
}

int64_t dense_panel_bytes(DenseFormat format, int64_t cols);
int64_t block_panel_bytes(BlockFormat format, int64_t cols);

const Layout& dense_layout(DenseFormat format, PanelOrder order);
const Layout& block_layout(BlockFormat format, PanelOrder order);

// One row of a panel in f32, bit for bit what the canonical tensors stand for: for embeddings that
// share their table with a linear layer. `out` has the weight's columns.
void unpack_dense_row(DenseFormat format, const std::byte* panel, int64_t lane,
                      std::span<float> out);
void unpack_block_row(BlockFormat format, const std::byte* panel, int64_t lane,
                      std::span<float> out);

// Which of the tiles' formats a weight format is, by its structure; empty where it is none.
std::optional<DenseFormat> dense_format(const ops::WeightFormatDesc& format);
std::optional<BlockFormat> block_format(const ops::WeightFormatDesc& format);

}  // namespace lathe::kernels
