// SPDX-License-Identifier: Apache-2.0
// Where a checkpoint keeps the rows that a tensor's name promises.
#include "lathe/quant/row_order.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/temp_dir.h"

namespace lathe::quant {
namespace {

using weights::RowOrder;
using weights::TensorInfo;

TensorInfo tensor(std::vector<int64_t> shape, RowOrder order, int64_t heads = 0) {
  return {.name = "w",
          .storage = "f32",
          .shape = std::move(shape),
          .row_order = order,
          .rope_heads = heads};
}

std::vector<int64_t> stored_rows(const TensorInfo& info) {
  std::vector<int64_t> out;
  for (int64_t row = 0; row < info.shape[0]; ++row) out.push_back(stored_row(info, row));
  return out;
}

TEST(RowOrder, PlainRowsLieWhereTheirNumberSays) {
  EXPECT_EQ(stored_rows(tensor({4, 8}, RowOrder::kPlain)), (std::vector<int64_t>{0, 1, 2, 3}));
}

// llama.cpp's converter: reshape(heads, 2, d / 2).swapaxes(1, 2), so that in a head of 6 the rows
// 0 1 2 | 3 4 5 are stored as 0 3 1 4 2 5.
TEST(RowOrder, GgufPutsTheHalvesOfAHeadSideBySide) {
  EXPECT_EQ(stored_rows(tensor({6, 8}, RowOrder::kGgufRopeInterleaved, 1)),
            (std::vector<int64_t>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(stored_rows(tensor({8, 8}, RowOrder::kGgufRopeInterleaved, 2)),
            (std::vector<int64_t>{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(stored_rows(tensor({4, 8}, RowOrder::kGgufRopeInterleaved, 2)),
            (std::vector<int64_t>{0, 1, 2, 3}))
      << "heads of two rows are as they were";
}

TEST(RowOrder, ARegroupingLosesNoRowAndStaysWithinItsHead) {
  for (const int64_t heads : {1, 2, 3, 8}) {
    const TensorInfo info = tensor({heads * 16, 4}, RowOrder::kGgufRopeInterleaved, heads);
    std::vector<int64_t> rows = stored_rows(info);
    for (int64_t row = 0; row < heads * 16; ++row) {
      EXPECT_EQ(rows[static_cast<size_t>(row)] / 16, row / 16);
    }
    std::ranges::sort(rows);
    for (int64_t row = 0; row < heads * 16; ++row) EXPECT_EQ(rows[static_cast<size_t>(row)], row);
  }
}

TEST(RowOrder, TwoTransposesAreNone) {
  const TensorInfo plain = tensor({3, 5}, RowOrder::kPlain);
  const TensorInfo stored = tensor({3, 5}, RowOrder::kTransposed);
  const ops::WeightSource as_it_is{.tensor = "w"};
  const ops::WeightSource transposed{.tensor = "w", .transposed = true};
  EXPECT_FALSE(is_stored_transposed(plain, as_it_is));
  EXPECT_TRUE(is_stored_transposed(plain, transposed));
  EXPECT_TRUE(is_stored_transposed(stored, as_it_is));
  EXPECT_FALSE(is_stored_transposed(stored, transposed));
  EXPECT_EQ(logical_shape(plain, as_it_is), (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(logical_shape(plain, transposed), (std::vector<int64_t>{5, 3}));
}

TEST(RowOrder, OnlyOneOrderRegroups) {
  EXPECT_FALSE(regroups_rows(tensor({4, 4}, RowOrder::kPlain)));
  EXPECT_FALSE(regroups_rows(tensor({4, 4}, RowOrder::kTransposed)));
  EXPECT_TRUE(regroups_rows(tensor({4, 4}, RowOrder::kGgufRopeInterleaved, 1)));
}

TEST(RowOrder, RowsThatAreNotThereAreABug) {
  const TensorInfo info = tensor({4, 4}, RowOrder::kPlain);
  for (const RowRange& rows : {RowRange{0, 4}, RowRange{4, 4}, RowRange{0, 0}, RowRange{1, 3}}) {
    check_rows(info, rows, 4);
  }
  for (const RowRange& rows : {RowRange{0, 5}, RowRange{-1, 2}, RowRange{3, 2}, RowRange{5, 5}}) {
    EXPECT_NE(testing::error_of([&] {
                check_rows(info, rows, 4);
              }).find("rows that a weight does not have"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace lathe::quant
