// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/target_support.h"

#include <gtest/gtest.h>

#include "lathe/graph/functions.h"
#include "lathe/ops/linear.h"

namespace lathe::builder {
namespace {

TEST(Fallbacks, AreReferencesAndWhatClosesAGpusList) {
  EXPECT_TRUE(is_fallback("rms_norm.cpu.ref"));
  EXPECT_TRUE(is_fallback("linear.cuda.any"));
  EXPECT_FALSE(is_fallback("linear.cuda.sm90.few"));
  EXPECT_FALSE(is_fallback("rope_kv_write.cuda.any")) << "a GPU has no other";
}

// Why no target has a fast kernel for a linear of so many columns.
std::string why_not(const kernels::Target& target, DType dtype, int64_t columns) {
  Network network;
  const Value inputs[] = {network.input("x", {dtype, {Dim::symbol("tokens"), Dim(columns)}}),
                          network.parameter("w", {dtype, {32, Dim(columns)}})};
  ops::Linear op;
  op.format.code_dtype = dtype;
  PassContext context;
  context.targets = {target};
  return why_not_fast(context, op, inputs).value_or("");
}

TEST(WhyNotFast, GivesTheFirstKernelsReasonOrNone) {
  const kernels::Target h100{.device = DeviceKind::kCuda, .sm = 90};
  EXPECT_EQ(why_not(h100, DType::kBf16, 64), "");
  EXPECT_EQ(why_not(h100, DType::kBf16, 63), "linear.cuda.sm90.few: k is 63, no multiple of 8");
  EXPECT_EQ(why_not(h100, DType::kF32, 64), "linear.cuda.sm90.few: takes bf16 or f16, x is f32");
  EXPECT_EQ(why_not({.isa = kernels::CpuIsa::kAvx2}, DType::kF32, 63), "");
}

}  // namespace
}  // namespace lathe::builder
