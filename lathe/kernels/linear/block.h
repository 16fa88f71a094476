// SPDX-License-Identifier: Apache-2.0
// linear with weights in blocks of 32 over x quantized in the same blocks, on any ISA class.
//
// x is packed per row tile, block by block, with what its integer sums start from
// (BlockTile); a task takes a block of row tiles through some panels. Integer sums are exact and
// blocks ascend, so that every ISA class and number of rows yields the reference's bits.
//   bytes: the weights once a block of rows; operations: 2 m n k. Bound: reading weights for few
//   rows, dot products for many.
#pragma once

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/linear/panels.h"

namespace lathe::kernels {

struct BlockVariant {
  CpuIsa isa;
  BlockFormat format;
  PanelOrder order;
  const BlockTiles* tiles;
  const FinishTiles* finish;
};

Support supports_block(const Problem& problem, const Target& target, const BlockVariant& variant);
Dim block_workspace(const Problem& problem);
void run_block(const KernelArgs& args, const BlockVariant& variant);

}  // namespace lathe::kernels
