// SPDX-License-Identifier: Apache-2.0
// The group in one loop over its elements, a tile at a time: each input is read once, each output
// written once, everything between stays in the L1 cache. Bound: memory, up to about a dozen
// arithmetic steps an element; then the vector units. Outputs of different shapes are computed in
// loops of their own. Tiles are independent, so threads and tile sizes change no bit.
#include <memory>

#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/pointwise_group/tile_memory.h"
#include "lathe/kernels/pointwise_group/tile_program.h"

namespace lathe::kernels {

namespace {

constexpr size_t kMost = ops::PointwiseGroup::kMost;
static_assert(kRegisterFileBytes / (2 * kMost * 8) >= kTileGroup, "a slot for every value");
constexpr int64_t kLeastGrain = 8192;

// One loop: the outputs of one shape.
struct Loop {
  const TileProgram& program;
  std::span<const BroadcastRuns> inputs;
  std::span<const TensorView> outputs;
  int64_t tile;
};

void run_instruction(const Loop& loop, const TileInstruction& instruction, std::byte* registers,
                     int64_t first, int64_t count) {
  const auto slot = [&](int index) -> void* {
    return index < 0 ? nullptr : registers + index * loop.tile * loop.program.lane_bytes;
  };
  const int64_t padded = (count + kTileGroup - 1) / kTileGroup * kTileGroup;
  const auto operand = static_cast<size_t>(instruction.operand);
  switch (instruction.kind) {
    case TileInstruction::Kind::kLoad:
      return loop.inputs[operand].load(first, count, slot(instruction.y));
    case TileInstruction::Kind::kFill:
      return fill_tile(instruction.value, instruction.lane, padded, slot(instruction.y));
    case TileInstruction::Kind::kCompute:
      return instruction.function(slot(instruction.y), slot(instruction.a), slot(instruction.b),
                                  slot(instruction.c), padded);
    case TileInstruction::Kind::kStore:
      return store_tile(slot(instruction.y), count, loop.outputs[operand], first);
  }
}

void run_loop(const Loop& loop, ThreadPool& pool, int64_t count) {
  const int64_t share = count / (int64_t{4} * pool.num_threads());
  const int64_t grain = std::max(kLeastGrain, share) / loop.tile * loop.tile;
  for_ranges(pool, count, grain, [&](int64_t first, int64_t last) {
    alignas(64) std::byte registers[kRegisterFileBytes];
    for (; first < last; first += loop.tile) {
      const int64_t elements = std::min(loop.tile, last - first);
      for (const TileInstruction& instruction : loop.program.instructions) {
        run_instruction(loop, instruction, registers, first, elements);
      }
    }
  });
}

bool same_shape(const TensorView& a, const TensorView& b) {
  return std::equal(a.shape().begin(), a.shape().end(), b.shape().begin(), b.shape().end());
}

// Behind the program in the workspace: where each input of it lies.
std::span<BroadcastRuns> place_inputs(const KernelArgs& args, const TileProgram& program,
                                      std::span<const int64_t> shape) {
  const auto& group = *args.op.as<ops::PointwiseGroup>();
  auto* runs = reinterpret_cast<BroadcastRuns*>(args.workspace.data() +
                                                assembly_bytes(group, args.inputs.size()));
  for (const TileInstruction& instruction : program.instructions) {
    if (instruction.kind != TileInstruction::Kind::kLoad) continue;
    const auto input = static_cast<size_t>(instruction.operand);
    std::construct_at(runs + input, args.inputs[input], shape);
  }
  return {runs, args.inputs.size()};
}

// The loop that makes all outputs of the shape of output `index`, unless an earlier one has.
void run_shape_of(const KernelArgs& args, const FloatTileOps& floats, size_t index) {
  std::array<bool, kMost> wanted{};
  for (size_t i = 0; i < args.outputs.size(); ++i) {
    wanted[i] = same_shape(args.outputs[i], args.outputs[index]);
    if (wanted[i] && i < index) return;
  }
  std::array<DType, kMost> dtypes{};
  for (size_t i = 0; i < args.inputs.size(); ++i) dtypes[i] = args.inputs[i].dtype;
  const TileProgram program =
      assemble(*args.op.as<ops::PointwiseGroup>(), floats, {dtypes.data(), args.inputs.size()},
               {wanted.data(), args.outputs.size()}, args.workspace);
  const TensorView& output = args.outputs[index];
  const Loop loop{program, place_inputs(args, program, output.shape()), args.outputs,
                  program.tile_elements()};
  run_loop(loop, args.pool, output.num_elements());
}

template <const FloatTileOps& kFloats>
void run(const KernelArgs& args) {
  for (size_t i = 0; i < args.outputs.size(); ++i) run_shape_of(args, kFloats, i);
}

Dim workspace_bytes(const Problem& problem) {
  const auto& group = *problem.op.as<ops::PointwiseGroup>();
  return assembly_bytes(group, problem.inputs.size()) +
         static_cast<int64_t>(problem.inputs.size() * sizeof(BroadcastRuns));
}

template <CpuIsa kIsa>
Support supports(const Problem&, const Target& target) {
  if (target.device != DeviceKind::kCpu || target.isa < kIsa) {
    return Support::no("needs a CPU with ", to_string(kIsa));
  }
  return Support::yes();
}

}  // namespace

extern const Kernel kPointwiseGroupCpuAvx512{.name = "pointwise_group.cpu.avx512",
                                             .supports = supports<CpuIsa::kAvx512>,
                                             .run = run<kAvx512TileOps>,
                                             .workspace_bytes = workspace_bytes};
extern const Kernel kPointwiseGroupCpuAvx2{.name = "pointwise_group.cpu.avx2",
                                           .supports = supports<CpuIsa::kAvx2>,
                                           .run = run<kAvx2TileOps>,
                                           .workspace_bytes = workspace_bytes};

}  // namespace lathe::kernels
