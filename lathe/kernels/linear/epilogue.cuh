// SPDX-License-Identifier: Apache-2.0
// What stands behind the product in every linear kernel, and their one parameter.
//
// The prelude gives: Element, Output; kTiles, kGroups, kSteps (kernels/mma_layout.h); kRows and
// kColumns (of y and x); kGated, kBias, kResidual, kNormalize, kEps; activate(x).
#pragma once

#include "lathe/kernels/ptx/types.cuh"

struct Parameters {
  const unsigned char* weight;
  const Element* x;  // [tokens, kColumns]
  const Element* norm;
  const Element* bias;
  const Element* residual;
  Output* y;  // [tokens, kRows]
  int tokens;
  int stages;       // of the ring
  int parts;        // of k: the blocks of a cluster
  int tile_groups;  // of 16 rows, of the largest tile
};

constexpr u32 kChunkBytes = 2048;  // 16 rows x 64 columns of the weight

LATHE_DEVICE float biased(const Parameters& p, float value, int row) {
  return kBias ? value + Numeric<Element>::load(p.bias[row]) : value;
}
LATHE_DEVICE float residual_of(const Parameters& p, int token, int row) {
  return kResidual ? Numeric<Element>::load(p.residual[static_cast<i64>(token) * kRows + row]) : 0;
}
// The result of row `row` before the residual: `sum` alone, or with its partner of the other half.
LATHE_DEVICE float activated(const Parameters& p, float sum, int row) {
  return activate(biased(p, sum, row));
}
LATHE_DEVICE float gated(const Parameters& p, float gate, float other, int row) {
  return activate(biased(p, gate, row)) * biased(p, other, row + kRows);
}
LATHE_DEVICE void store_value(const Parameters& p, int token, int row, float value) {
  p.y[static_cast<i64>(token) * kRows + row] = Numeric<Output>::store(value);
}
