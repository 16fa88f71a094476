// SPDX-License-Identifier: Apache-2.0
// linear with plain weights in panels, on any ISA class.
//
// x f32 is regrouped per row tile to [column][row], so that a tile reads it in order; a task takes
// a block of row tiles through some panels, columns in chunks whose weights stay in the L2 while
// the block's tiles use them. One row of x is used as it lies, and takes several panels side by
// side.
//   bytes: the weights once a block of rows; flops: 2 m n k. Bound: reading weights for few rows,
//   multiply-adds for many.
#pragma once

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/linear/panels.h"

namespace lathe::kernels {

// What distinguishes one kernel of this kind from another.
struct DenseVariant {
  CpuIsa isa;
  DenseFormat format;
  PanelOrder order;
  const DenseTiles* tiles;
  const FinishTiles* finish;
};

Support supports_dense(const Problem& problem, const Target& target, const DenseVariant& variant);
Dim dense_workspace(const Problem& problem);
void run_dense(const KernelArgs& args, const DenseVariant& variant);

// What dense and block kernels ask alike: an ISA class, the order of panels, f32 outputs.
Support supports_panels(const Problem& problem, const Target& target, CpuIsa isa, PanelOrder order);

}  // namespace lathe::kernels
