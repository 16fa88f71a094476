// SPDX-License-Identifier: Apache-2.0
// What the source of a kernel depends on: its op and its sizes, but not the sizes of a run.
#include <gtest/gtest.h>

#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"
#include "tests/support/launch_cases.h"
#include "tests/support/temp_dir.h"

namespace lathe::kernels {
namespace {

using testing::attention;
using testing::bf16_linear;
using testing::error_of;
using testing::kAttentionTypes;
using testing::launch_cases;
using testing::LaunchCase;
using testing::TempDir;
using testing::text_problem;

TEST(Sources, AFolderHasAtLeastOneThatIsKnown) {
  const TempDir folder;
  EXPECT_EQ(error_of([&] { check_source_folder(folder.path()); }),
            cat("expected a folder with a device source such as ", folder.path().string(),
                "/lathe/kernels/ptx/math.cuh, got none in ", folder.path().string()));
  std::filesystem::create_directories(folder.path() / "lathe/kernels/ptx");
  folder.write("lathe/kernels/ptx/maths.cuh", "");
  EXPECT_NE(error_of([&] { check_source_folder(folder.path()); }), "no error");
  folder.write("lathe/kernels/ptx/mma.cuh", "");
  EXPECT_EQ(error_of([&] { check_source_folder(folder.path()); }), "no error");
  EXPECT_EQ(error_of([] { check_source_folder(LATHE_SOURCE_DIR); }), "no error");
}

// One source serves every step: sizes of the run stay parameters.
TEST(Sources, DoNotDependOnTheTokens) {
  for (const LaunchCase& one : launch_cases()) {
    const Problem symbolic = text_problem(one.op, one.inputs);
    const std::string source = device_code(one.kernel, symbolic);
    EXPECT_EQ(source.find("#include"), std::string::npos) << one.kernel;
    EXPECT_NE(source.find("extern \"C\""), std::string::npos) << one.kernel;
    // A generated loop, and a shape that is an attribute, are over the shapes themselves.
    if (one.kernel.ends_with(".generated") || one.kernel.starts_with("broadcast_to")) continue;
    Problem fixed{one.op, {}, {}};
    for (const TensorType& type : symbolic.inputs) {
      const std::vector<int64_t> sizes = type.shape.evaluate({{"t", 5}, {"s", 5}});
      fixed.inputs.push_back({type.dtype, Shape(std::vector<Dim>(sizes.begin(), sizes.end()))});
    }
    fixed.outputs = one.op.infer(fixed.inputs);
    EXPECT_EQ(device_code(one.kernel, fixed), source) << one.kernel;
  }
}

// What an op's attributes and the dtypes say has to reach the source.
TEST(Sources, DependOnWhatTheyCompute) {
  const auto differ = [](std::string_view kernel, const ops::Op& a, const ops::Op& b,
                         std::string_view types) {
    EXPECT_NE(device_code(kernel, text_problem(a, types)),
              device_code(kernel, text_problem(b, types)))
        << kernel << ": " << b.attributes_json().dump();
  };
  ops::Linear silu = bf16_linear(), f32_out = bf16_linear();
  silu.activation = ops::UnaryKind::kSilu;
  f32_out.dtype = DType::kF32;
  for (const char* kernel :
       {"linear.cuda.sm90.few", "linear.cuda.sm90.tile256", "linear.cuda.any"}) {
    differ(kernel, bf16_linear(), silu, "bf16[t,64] bf16[32,64]");
    differ(kernel, bf16_linear(), f32_out, "bf16[t,64] bf16[32,64]");
  }
  differ("rms_norm.cuda.rows", ops::RmsNorm{}, ops::RmsNorm{.eps = 1e-6f}, "bf16[t,64] bf16[64]");
  ops::RopePagedAttention window = attention(), cap = attention(), theta = attention();
  window.options.window = 128;
  cap.options.soft_cap = 30;
  theta.rope.rope.theta = 5e5f;
  for (const auto& other : {window, cap, theta}) {
    differ("rope_paged_attention.cuda.sm90", attention(), other, kAttentionTypes);
    differ("rope_paged_attention.cuda.any", attention(), other, kAttentionTypes);
  }
  EXPECT_NE(device_code("rms_norm.cuda.rows", text_problem(ops::RmsNorm{}, "bf16[t,64] bf16[64]")),
            device_code("rms_norm.cuda.rows", text_problem(ops::RmsNorm{}, "f16[t,64] f16[64]")));
}

TEST(Sources, OfAnUnknownKernelAreRefused) {
  EXPECT_THROW(device_code("linear.cpu.ref", text_problem(bf16_linear(), "bf16[1,8] bf16[8,8]")),
               Error);
  EXPECT_FALSE(has_device_code("linear.cpu.ref"));
}

}  // namespace
}  // namespace lathe::kernels
