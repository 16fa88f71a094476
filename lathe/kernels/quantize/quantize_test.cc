// SPDX-License-Identifier: Apache-2.0
// quantize and dequantize against their definitions: the scale, the rounding, the extremes.
#include <gtest/gtest.h>

#include "lathe/ops/quantize.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness

TEST(QuantizeKernels, EveryCodeIsTheNearest) {
  Draws draw(1);
  for (const int64_t block : {1, 2, 8, 16, 32, 33, 64, 128}) {
    SCOPED_TRACE(block);
    const Tensor x = draw.normal({3, 2 * block});
    for_each_kernel(ops::Quantize{.block = block}, {x}, [&](const std::vector<Tensor>& y) {
      for (int64_t i = 0; i < x.num_elements(); ++i) {
        const double scale = at(y[1], i / block);
        EXPECT_LE(std::abs(at(y[0], i) * scale - at(x, i)), scale * 0.5001) << i;
      }
    });
  }
}

TEST(QuantizeKernels, TheGreatestOfABlockBecomes127) {
  Draws draw(2);
  const Tensor x = draw.normal({8, 96}, 100);
  for_each_kernel(ops::Quantize{.block = 32}, {x}, [&](const std::vector<Tensor>& y) {
    for (int64_t block = 0; block < 24; ++block) {
      double greatest_code = 0, greatest = 0;
      for (int64_t i = block * 32; i < block * 32 + 32; ++i) {
        greatest_code = std::max(greatest_code, std::abs(at(y[0], i)));
        greatest = std::max(greatest, std::abs(at(x, i)));
      }
      EXPECT_EQ(greatest_code, 127);
      EXPECT_NEAR(at(y[1], block), greatest / 127, greatest / 127 * 1e-6);
    }
  });
}

TEST(QuantizeKernels, ABlockOfZerosHasCodesOfZeroAndAFiniteScale) {
  const Tensor x(DType::kF32, {2, 64});
  for_each_kernel(ops::Quantize{.block = 32}, {x}, [&](const std::vector<Tensor>& y) {
    for (const double code : numbers(y[0])) EXPECT_EQ(code, 0);
    for (const double scale : numbers(y[1])) EXPECT_TRUE(std::isfinite(scale));
  });
}

TEST(QuantizeKernels, ABlockDoesNotSeeItsNeighbours) {
  Tensor x = Draws(3).normal({1, 64});
  x.values<float>()[40] = 1e20f;
  const Tensor alone = floats({1, 32}, {x.values<float>().begin(), x.values<float>().begin() + 32});
  for_each_kernel(ops::Quantize{.block = 32}, {x}, [&](const std::vector<Tensor>& both) {
    for_each_kernel(ops::Quantize{.block = 32}, {alone}, [&](const std::vector<Tensor>& one) {
      for (int64_t i = 0; i < 32; ++i) EXPECT_EQ(at(both[0], i), at(one[0], i)) << i;
      EXPECT_EQ(at(both[1], 0), at(one[1], 0));
    });
  });
}

TEST(QuantizeKernels, TheSignDoesNotMatter) {
  Draws draw(4);
  const Tensor x = draw.normal({2, 32});
  Tensor negative = clone(x);
  for (float& value : negative.values<float>()) value = -value;
  for_each_kernel(ops::Quantize{.block = 32}, {x}, [&](const std::vector<Tensor>& y) {
    for_each_kernel(ops::Quantize{.block = 32}, {negative}, [&](const std::vector<Tensor>& z) {
      for (int64_t i = 0; i < 64; ++i) EXPECT_EQ(at(y[0], i), -at(z[0], i)) << i;
      EXPECT_TRUE(same_bits(y[1], z[1]));
    });
  });
}

const ops::WeightFormatDesc kFormats[] = {
    {.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32},
    {.name = "q4_0", .code_dtype = DType::kU4, .block_cols = 32, .code_offset = 8},
    {.name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true},
    {.name = "by_row", .code_dtype = DType::kI8, .scale_dtype = DType::kF32, .block_cols = 96},
};

std::vector<Tensor> draw_parts(const ops::WeightFormatDesc& format, Draws& draw) {
  const bool wide = format.code_dtype == DType::kI8;
  std::vector<Tensor> parts = {
      draw.integers(format.code_dtype, {5, 96}, wide ? -128 : 0, wide ? 127 : 15),
      draw.normal({5, 96 / format.block_cols}, 0.1f).to(format.scale_dtype)};
  if (format.has_minimums) parts.push_back(draw.normal({5, 3}).to(format.scale_dtype));
  return parts;
}

TEST(DequantizeKernels, FollowTheFormulaOfEveryFormat) {
  Draws draw(5);
  for (const ops::WeightFormatDesc& format : kFormats) {
    SCOPED_TRACE(format.name);
    const std::vector<Tensor> parts = draw_parts(format, draw);
    std::vector<double> expected;
    for (int64_t i = 0; i < 5 * 96; ++i) {
      const int64_t block = i / format.block_cols;
      const double value = (at(parts[0], i) - format.code_offset) * at(parts[1], block);
      expected.push_back(value + (format.has_minimums ? at(parts[2], block) : 0));
    }
    for_each_kernel(ops::Dequantize{.format = format}, parts,
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 1e-6, 1e-7); });
  }
}

TEST(DequantizeKernels, UndoQuantizeToHalfAStep) {
  const Tensor x = Draws(6).normal({4, 64});
  const ops::WeightFormatDesc format{
      .name = "q8", .code_dtype = DType::kI8, .scale_dtype = DType::kF32, .block_cols = 32};
  for_each_kernel(ops::Quantize{.block = 32}, {x}, [&](const std::vector<Tensor>& q) {
    for_each_kernel(ops::Dequantize{.format = format}, {q[0], q[1]},
                    [&](const std::vector<Tensor>& y) {
                      for (int64_t i = 0; i < x.num_elements(); ++i) {
                        EXPECT_NEAR(at(y[0], i), at(x, i), at(q[1], i / 32) * 0.501);
                      }
                    });
  });
}

}  // namespace
}  // namespace lathe::kernels
