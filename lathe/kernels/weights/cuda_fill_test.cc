// SPDX-License-Identifier: Apache-2.0
// The recipes and sources that fill weights on a GPU; values are checked on one (tests/gpu).
#include "lathe/kernels/weights/cuda_fill.h"

#include <gtest/gtest.h>

#include "lathe/kernels/device_code.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::kernels {
namespace {

TEST(CudaFill, CodesNameLayoutAndDtype) {
  EXPECT_EQ(fill_code("mma", DType::kBf16), "fill.mma.bf16");
  EXPECT_EQ(fill_code("mma.gated", DType::kF16), "fill.mma.gated.f16");
  EXPECT_EQ(fill_code("", DType::kF32), "fill.rows.f32");
  EXPECT_THROW(fill_code("mma", DType::kF32), Error);
  EXPECT_THROW(fill_code("", DType::kI8), Error);
  EXPECT_THROW(fill_code("f32.avx2.n16", DType::kF32), Error);
}

// Every layout that a CUDA kernel takes can be filled, in both halves.
TEST(CudaFill, CoversTheLayoutsOfAllCudaKernels) {
  for (const ops::OpDef* def : ops::all_ops()) {
    for (const Kernel* kernel : kernels_for(def->info.name)) {
      if (kernel->cuda == nullptr || kernel->layout == nullptr) continue;
      EXPECT_NE(fill_code(kernel->layout->id, DType::kBf16), "") << kernel->name;
    }
  }
}

TEST(CudaFill, EntriesAreThoseOfTheRowsFormats) {
  const FillTarget to{"mma", DType::kBf16, 48, 100, nullptr};
  ops::WeightFormatDesc q4{"q4_1", DType::kU4, DType::kF16, 32, 0, true};
  EXPECT_TRUE(can_fill_from(q4));
  EXPECT_EQ(fill_launch(to, {.format = q4, .rows = 3}).entry, "fill_u4");
  q4.scale_dtype = DType::kF32;
  EXPECT_FALSE(can_fill_from(q4));
  ops::WeightFormatDesc plain;
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBf16}) {
    plain.code_dtype = dtype;
    EXPECT_EQ(fill_launch(to, {.format = plain, .rows = 3}).entry, cat("fill_", to_string(dtype)));
  }
  plain.code_dtype = DType::kI8;
  EXPECT_FALSE(can_fill_from(plain));
  EXPECT_EQ(draw_launch(to, {.rows = 3}).entry, "fill_drawn");
}

// Grids cover a slice: eight rows by sixteen columns a warp, whole chunks of columns.
TEST(CudaFill, GridsCoverTheSlice) {
  const auto blocks = [](std::string_view layout, int64_t rows, int64_t columns) {
    const FillTarget to{layout, DType::kBf16, rows, columns, nullptr};
    return draw_launch(to, {.rows = rows}).config.grid.x;
  };
  EXPECT_EQ(blocks("", 3, 100), 2u);     // 300 elements
  EXPECT_EQ(blocks("mma", 9, 100), 2u);  // 2 octets of 8 blocks of 16 columns: 16 warps
  EXPECT_EQ(blocks("mma", 9, 64), 1u);   // 8 warps
  EXPECT_EQ(blocks("mma.gated", 4096, 4096), 4096u);  // many: a loop
}

using CudaFillSources = lathe::testing::NeedsNvrtc;

TEST_F(CudaFillSources, Compile) {
  const cuda::Nvrtc nvrtc = cuda::Nvrtc::open();
  for (const char* code : {"fill.rows.f32", "fill.mma.bf16", "fill.mma.gated.f16"}) {
    const cuda::CompiledKernel compiled =
        nvrtc.compile({.name = code, .source = fill_source(code), .options = {}});
    EXPECT_EQ(compiled.entries.size(), 6u) << code;
  }
  EXPECT_THROW(fill_source("fill.mma.f32"), Error);
}

}  // namespace
}  // namespace lathe::kernels
