// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/panels.h"

namespace lathe::kernels {

PanelSlot panel_slot(PanelOrder order, int64_t row, int64_t rows) {
  if (order == PanelOrder::kPlain) return {row / kPanelRows, row % kPanelRows};
  const int64_t half = rows / 2;
  const int64_t in_half = row < half ? row : row - half;
  return {in_half / kVectorLanes, in_half % kVectorLanes + (row < half ? 0 : kVectorLanes)};
}

int64_t num_panels(PanelOrder order, int64_t rows) {
  const int64_t outputs = order == PanelOrder::kGated ? rows / 2 : rows;
  return (outputs + panel_outputs(order) - 1) / panel_outputs(order);
}

}  // namespace lathe::kernels
