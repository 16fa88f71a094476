// SPDX-License-Identifier: Apache-2.0
// The fused end of a linear: finds the function that does it and each tile's operands.
#pragma once

#include "lathe/kernels/linear/operands.h"
#include "lathe/kernels/linear/panels.h"

namespace lathe::kernels {

// Writes y from sums. Any thread, for tiles that do not overlap.
class Finisher {
 public:
  Finisher(const LinearOperands& operands, const FinishTiles& functions);

  // Asks for the lines of y that a tile will write: rows of a large y are far from any cache.
  void prefetch(int64_t first_row, int64_t rows, int64_t panel) const;
  // `sums`: [rows][kPanelRows] of rows [first_row, first_row + rows) and a panel.
  void finish(const float* sums, int64_t first_row, int64_t rows, int64_t panel) const;

 private:
  const float* panel_bias(int64_t panel, float* out) const;

  const LinearOperands& operands_;
  PanelOrder order_;
  FinishFunction function_;  // null: value by value
};

}  // namespace lathe::kernels
