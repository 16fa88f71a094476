// SPDX-License-Identifier: Apache-2.0
// The recipes of CUDA kernels without a GPU: the launches of a step, the operands that they are
// handed, and that a device takes them.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "tests/support/launch_cases.h"

namespace lathe::kernels {
namespace {

using testing::launch_cases;
using testing::LaunchCase;
using testing::LaunchStep;

// "rms_norm[100]x256 linear_tile_128[1,12]x384": without the ones behind a grid.
std::string text_of(const std::vector<Launch>& launches) {
  std::string out;
  for (const Launch& launch : launches) {
    const cuda::Dim3 grid = launch.config.grid;
    out += cat(out.empty() ? "" : " ", launch.entry, "[", grid.x);
    if (grid.y > 1 || grid.z > 1) out += cat(",", grid.y);
    if (grid.z > 1) out += cat(",", grid.z);
    out += cat("]x", launch.config.block.x);
  }
  return out;
}

// Whether the launch's parameter holds an address of the operand's bytes.
bool has(Launch& launch, const TensorView& operand) {
  const auto* bytes = static_cast<const std::byte*>(launch.parameter.data());
  const auto begin = reinterpret_cast<uintptr_t>(operand.data);
  for (size_t at = 0; at + sizeof(uintptr_t) <= 256; at += sizeof(uintptr_t)) {
    uintptr_t word = 0;
    std::memcpy(&word, bytes + at, sizeof word);
    if (word >= begin && word < begin + static_cast<uintptr_t>(operand.num_bytes())) return true;
  }
  return false;
}
bool has_workspace(Launch& launch) {
  const int64_t size[] = {1 << 30};
  return has(launch, TensorView::contiguous(LaunchStep::workspace(), DType::kU8, size));
}

TEST(Launches, HaveTheGridsOfTheirBlocks) {
  for (const LaunchCase& one : launch_cases()) {
    EXPECT_EQ(text_of(one.step().launches(one.kernel)), one.launches)
        << one.kernel << " on " << one.tokens << " tokens";
  }
}

// Of what is computed: every operand stands in some launch; of a chain, what one leaves in the
// workspace the next one takes.
TEST(Launches, AreHandedEveryOperand) {
  for (const LaunchCase& one : launch_cases()) {
    const LaunchStep step = one.step();
    std::vector<Launch> launches = step.launches(one.kernel);
    for (const auto* operands : {&step.inputs, &step.outputs}) {
      for (size_t i = 0; i < operands->size(); ++i) {
        if ((*operands)[i].dtype == DType::kState) continue;
        EXPECT_TRUE(std::ranges::any_of(
            launches, [&](Launch& launch) { return has(launch, (*operands)[i]); }))
            << one.kernel << ": operand " << i
            << (operands == &step.inputs ? "" : " that it gives");
      }
    }
    const bool chained = launches.size() == 2 && !one.kernel.ends_with(".strided");
    if (!chained) continue;
    EXPECT_TRUE(has_workspace(launches[0])) << one.kernel;
    EXPECT_TRUE(has_workspace(launches[1])) << one.kernel;
  }
}

TEST(Launches, MayAllOverlapTheirPredecessor) {
  for (const LaunchCase& one : launch_cases()) {
    for (const Launch& launch : one.step().launches(one.kernel)) {
      EXPECT_EQ(launch.config.overlap, cuda::Overlap::kProgrammatic) << one.kernel;
    }
  }
}

TEST(Launches, OfNoTokensAreNone) {
  for (LaunchCase& one : launch_cases()) {
    one.tokens = 0;
    const bool constant = one.kernel.starts_with("concat");  // its other operand has rows
    EXPECT_EQ(one.step().launches(one.kernel).size(), constant ? 1u : 0u) << one.kernel;
  }
}

// A device takes fewer blocks along y and z than a step may have tokens or sequences.
TEST(Launches, OfVastStepsFitADevice) {
  constexpr int64_t kVast = 3'000'000;
  struct Size {
    int64_t tokens, sequences;
  };
  for (LaunchCase one : launch_cases()) {
    const int64_t most = find_kernel(one.kernel)->cuda->max_tokens;
    for (const Size& size : {Size{kVast, 1}, Size{kVast, kVast}, Size{65535, 65535}}) {
      one.tokens = most == 0 ? size.tokens : most;
      one.sequences = size.sequences;
      for (const Launch& launch : one.step().launches(one.kernel)) {
        EXPECT_LE(launch.config.grid.x, 0x7fffffffu) << one.kernel << " " << launch.entry;
        EXPECT_LE(launch.config.grid.y, cuda::kMaxGridYz) << one.kernel << " " << launch.entry;
        EXPECT_LE(launch.config.grid.z, cuda::kMaxGridYz) << one.kernel << " " << launch.entry;
      }
    }
  }
}

// launch_cases() names every record but those with products, which linear/cuda_cublaslt_test.cc
// has.
TEST(Launches, AreThoseOfEveryRecord) {
  std::set<std::string_view> known;
  for (const LaunchCase& one : launch_cases()) known.insert(one.kernel);
  for (const ops::OpDef* op : ops::all_ops()) {
    for (const Kernel* kernel : kernels_for(op->info.name)) {
      const bool gated = kernel->name.ends_with(".gated");  // the same recipe
      if (kernel->cuda == nullptr || gated) continue;
      if (kernel->cuda->library != DeviceLibrary::kNone) continue;
      EXPECT_TRUE(known.contains(kernel->name)) << kernel->name;
    }
  }
}

}  // namespace
}  // namespace lathe::kernels
