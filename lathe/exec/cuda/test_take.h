// SPDX-License-Identifier: Apache-2.0
// For tests: what a captured step begins with, on the fake GPU.
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "lathe/kernels/sample/cuda_sample.h"
#include "tests/support/fake_gpu.h"

namespace lathe::exec {

// As the device source takes them.
struct TakeParameters {
  const std::byte* stages[2];
  std::byte* inputs;
  uint32_t* turns;
  const int32_t* drawn;
  int32_t units;
  int32_t first_id, num_ids;
};

inline void take_inputs(testing::FakeGpu::Launch& launch) {
  const auto& p = launch.as<TakeParameters>();
  const uint32_t turn = p.turns[0];
  for (uint32_t block = 0; block < launch.config.grid.x; ++block) {
    EXPECT_EQ(p.turns[block], turn) << "of block " << block;
    ++p.turns[block];
  }
  std::memcpy(p.inputs, p.stages[turn % 2], static_cast<size_t>(p.units) * 16);
  auto* ids = reinterpret_cast<int32_t*>(p.inputs) + p.first_id;
  for (int32_t i = 0; i < p.num_ids; ++i) {
    if (ids[i] < 0) ids[i] = p.drawn[~ids[i]];
  }
}

}  // namespace lathe::exec
