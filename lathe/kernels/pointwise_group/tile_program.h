// SPDX-License-Identifier: Apache-2.0
// A pointwise group as a program over tiles: each instruction makes one tile of a value in a slot
// of a small register file that stays in the L1 cache.
#pragma once

#include <span>

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/pointwise_group/tile_ops.h"
#include "lathe/kernels/pointwise_group/value_type.h"

namespace lathe::kernels {

inline constexpr int64_t kRegisterFileBytes = 32 << 10;

struct TileInstruction {
  enum class Kind : uint8_t { kLoad, kFill, kCompute, kStore };
  Kind kind = Kind::kCompute;
  Lane lane = Lane::kFloat;         // of fill
  TileFunction function = nullptr;  // of compute
  int y = 0;                        // slots
  int a = -1;                       // -1: none
  int b = -1;
  int c = -1;
  int operand = 0;   // of load: input; of store: output
  double value = 0;  // of fill
};

struct TileProgram {
  std::span<const TileInstruction> instructions;
  int num_slots = 1;
  int64_t lane_bytes = 4;  // of the widest lane: all slots are as wide

  // Elements of a tile: as many as the register file has room for, up to 512.
  int64_t tile_elements() const;
};

// Memory for assemble(), which allocates nothing; a multiple of 16.
int64_t assembly_bytes(const ops::PointwiseGroup& group, size_t num_inputs);

// The program that makes those outputs for which `wanted`[i].
TileProgram assemble(const ops::PointwiseGroup& group, const FloatTileOps& floats,
                     std::span<const DType> inputs, std::span<const bool> wanted,
                     std::span<std::byte> memory);

}  // namespace lathe::kernels
