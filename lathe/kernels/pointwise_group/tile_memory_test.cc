// SPDX-License-Identifier: Apache-2.0
// Tiles from views that are repeated along any axes, and back: against plain index arithmetic.
#include "lathe/kernels/pointwise_group/tile_memory.h"

#include <gtest/gtest.h>

#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using testing::Draws;

int64_t product(std::span<const int64_t> sizes) {
  int64_t out = 1;
  for (const int64_t size : sizes) out *= size;
  return out;
}

// Which element of a view of `sizes` is the index-th of the larger shape.
int64_t source_of(int64_t index, std::span<const int64_t> sizes, std::span<const int64_t> shape) {
  int64_t out = 0, stride = 1;
  for (size_t back = 1; back <= shape.size(); ++back) {
    const int64_t at = index % shape[shape.size() - back];
    index /= shape[shape.size() - back];
    if (back > sizes.size()) continue;
    const int64_t size = sizes[sizes.size() - back];
    if (size != 1) out += at * stride;
    stride *= size;
  }
  return out;
}

struct Repeat {
  std::vector<int64_t> sizes, shape;
};
const Repeat kRepeats[] = {
    {{7}, {7}},
    {{1}, {9}},
    {{}, {3, 4}},
    {{5, 6}, {5, 6}},
    {{6}, {5, 6}},
    {{5, 1}, {5, 6}},
    {{1, 6}, {5, 6}},
    {{2, 1, 4}, {2, 3, 4}},
    {{3, 1}, {2, 3, 4}},
    {{2, 1, 1}, {2, 3, 4}},
    {{1, 3, 1}, {2, 3, 4}},
    {{2, 3, 1, 5, 1}, {2, 3, 4, 5, 2}},
    {{1, 1, 1}, {1, 1, 1}},
};

// What an element is as a lane.
double lane_at(const void* tile, Lane lane, int64_t index) {
  switch (lane) {
    case Lane::kFloat:
      return static_cast<const float*>(tile)[index];
    case Lane::kInteger:
      return static_cast<double>(static_cast<const int64_t*>(tile)[index]);
    case Lane::kBool:
      return static_cast<const int32_t*>(tile)[index];
  }
  return 0;
}

constexpr DType kStored[] = {DType::kF32, DType::kF16, DType::kBf16, DType::kI8,
                             DType::kU8,  DType::kI32, DType::kI64,  DType::kBool};

TEST(BroadcastRuns, GiveTheElementsOfTheLargerShape) {
  Draws draws(4);
  for (const DType dtype : kStored) {
    const Lane lane = lane_of(dtype);
    for (const auto& [sizes, shape] : kRepeats) {
      const Tensor from = draws.integers(dtype, sizes, 0, 1);
      const BroadcastRuns runs(from.view(), shape);
      const int64_t count = product(shape);
      for (const int64_t piece : {count, int64_t{1}, int64_t{5}}) {
        for (int64_t first = 0; first < count; first += piece) {
          const int64_t taken = std::min(piece, count - first);
          alignas(64) std::array<std::byte, 4096> tile{};
          runs.load(first, taken, tile.data());
          for (int64_t i = 0; i < taken; ++i) {
            const double element = testing::at(from, source_of(first + i, sizes, shape));
            const double wanted = lane == Lane::kBool ? -element : element;  // all bits are set
            ASSERT_EQ(lane_at(tile.data(), lane, i), wanted)
                << to_string(dtype) << " element " << first + i;
          }
        }
      }
    }
  }
}

TEST(StoreTile, WritesItsElementsAndNoOthers) {
  constexpr int64_t kFirst = 3, kCount = 6, kAll = 12;
  for (const DType dtype : kStored) {
    const Lane lane = lane_of(dtype);
    alignas(64) std::array<std::byte, 8 * kCount> tile{};
    fill_tile(1, lane, kCount, tile.data());
    Tensor out(dtype, {kAll});
    store_tile(tile.data(), kCount, out.view(), kFirst);
    for (int64_t i = 0; i < kAll; ++i) {
      const bool inside = i >= kFirst && i < kFirst + kCount;
      EXPECT_EQ(testing::at(out, i), inside ? 1 : 0) << to_string(dtype) << " at " << i;
    }
  }
}

// Integers keep the bits that fit, as the reference's arithmetic does; floats round to even.
TEST(StoreTile, NarrowsAsTheDtypeDoes) {
  const std::array<int64_t, 3> wide = {300, -1, 127};
  Tensor bytes(DType::kI8, {3}), unsigned_bytes(DType::kU8, {3});
  store_tile(wide.data(), 3, bytes.view(), 0);
  store_tile(wide.data(), 3, unsigned_bytes.view(), 0);
  EXPECT_EQ(testing::numbers(bytes), (std::vector<double>{44, -1, 127}));
  EXPECT_EQ(testing::numbers(unsigned_bytes), (std::vector<double>{44, 255, 127}));
  const std::array<float, 3> floats = {1 + 0x1p-8f, 1 + 0x1.8p-7f, 0x1.fffffep127f};
  Tensor narrow(DType::kBf16, {3});
  store_tile(floats.data(), 3, narrow.view(), 0);
  EXPECT_EQ(testing::numbers(narrow),
            (std::vector<double>{1, 1 + 0x1p-6, std::numeric_limits<double>::infinity()}));
}

TEST(FillTile, GivesOneNumberInEveryLane) {
  alignas(64) std::array<std::byte, 64> tile{};
  fill_tile(-2.5, Lane::kFloat, 8, tile.data());
  EXPECT_EQ(lane_at(tile.data(), Lane::kFloat, 7), -2.5);
  fill_tile(-3, Lane::kInteger, 8, tile.data());
  EXPECT_EQ(lane_at(tile.data(), Lane::kInteger, 7), -3);
  fill_tile(7, Lane::kBool, 8, tile.data());
  EXPECT_EQ(lane_at(tile.data(), Lane::kBool, 7), -1);
  fill_tile(0, Lane::kBool, 8, tile.data());
  EXPECT_EQ(lane_at(tile.data(), Lane::kBool, 0), 0);
}

}  // namespace
}  // namespace lathe::kernels
