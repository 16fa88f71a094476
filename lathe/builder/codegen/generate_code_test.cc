// SPDX-License-Identifier: Apache-2.0
// Device code of a plan on a machine without a GPU: which pieces, how many times, by whom.
#include "lathe/builder/codegen/generate_code.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/builder/codegen/compile.h"
#include "lathe/builder/lower/kernel_choice.h"
#include "lathe/builder/lower/lower.h"
#include "lathe/graph/functions.h"
#include "tests/support/fake_compiler.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::builder {
namespace {

using testing::error_of;
using testing::FakeCompiler;
using testing::TempDir;

// Two equal norms behind each other.
engine::Plan norms_plan() {
  graph::Network network;
  graph::Value x = network.input("x", {DType::kBf16, {Dim::symbol("tokens"), 64}});
  for (const std::string name : {"a", "b"}) {
    x = rms_norm(x, network.parameter(name, {DType::kBf16, {64}}), 1e-5f);
  }
  network.mark_output("y", x);
  engine::Plan plan = lower(network);
  plan.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  choose_kernels(plan, {});
  return plan;
}

using GenerateCode = lathe::testing::NeedsNvrtc;

TEST_F(GenerateCode, EqualKernelsAndFillersAreCompiledOnce) {
  const FakeCompiler compiler;
  engine::Plan plan = norms_plan();
  const engine::DeviceCode code = generate_code(plan, {.compiler = compiler.path()});
  const std::string& key = plan.steps[0].kernels[0].choices[0].code;
  EXPECT_TRUE(engine::is_code_key(key, "rms_norm.cuda.rows")) << key;
  EXPECT_EQ(plan.steps[1].kernels[0].choices[0].code, key);
  EXPECT_TRUE(engine::is_code_key(plan.weights[0].code, "fill.rows.bf16"));
  EXPECT_EQ(plan.weights[1].code, plan.weights[0].code);
  EXPECT_EQ(code.cubins.size(), 2U);
  EXPECT_EQ(compiler.times_asked(), 2);
  EXPECT_EQ(code.arch, "sm_90a");
  EXPECT_EQ(code.compiler.substr(0, 6), "NVRTC ");
  engine::verify_code(plan, code);
}

TEST_F(GenerateCode, CompilesForReal) {
  engine::Plan plan = norms_plan();
  std::vector<std::string> done;
  const engine::DeviceCode code = generate_code(
      plan, {.progress = [&](int, int, std::string_view name) { done.emplace_back(name); }});
  engine::verify_code(plan, code);
  EXPECT_EQ(done, (std::vector<std::string>{"fill.rows.bf16", "rms_norm.cuda.rows"}));
  engine::Plan again = norms_plan();
  EXPECT_EQ(generate_code(again, {}), code) << "the same plan gives the same bytes";
  EXPECT_EQ(again, plan);
}

TEST_F(GenerateCode, AFullCacheCompilesNothing) {
  const TempDir cache;
  const FakeCompiler first, second;
  engine::Plan plan = norms_plan();
  generate_code(plan, {.cache = cache.path(), .compiler = first.path()});
  generate_code(plan, {.cache = cache.path(), .compiler = second.path()});
  EXPECT_EQ(first.times_asked(), 2);
  EXPECT_EQ(second.times_asked(), 0);
}

TEST_F(GenerateCode, SourcesOfAFolderWin) {
  const TempDir folder;
  const std::filesystem::path source = "lathe/kernels/rms_norm/cuda_rows_entry.cuh";
  std::filesystem::create_directories((folder.path() / source).parent_path());
  write_file(folder.path() / source,
             read_file(std::filesystem::path(LATHE_SOURCE_DIR) / source) + "// mine\n");
  const FakeCompiler compiler;
  engine::Plan plain = norms_plan(), changed = norms_plan();
  generate_code(plain, {.compiler = compiler.path()});
  generate_code(changed, {.kernel_source = folder.path(), .compiler = compiler.path()});
  EXPECT_NE(plain.steps[0].kernels[0].choices[0].code, changed.steps[0].kernels[0].choices[0].code);
}

TEST_F(GenerateCode, AWorkersErrorIsTold) {
  const FakeCompiler compiler("error: kernel k spills 8 bytes");
  engine::Plan plan = norms_plan();
  const std::string message = error_of([&] { generate_code(plan, {.compiler = compiler.path()}); });
  EXPECT_NE(message.find("its compiler ended with 1: kernel k spills 8 bytes"), std::string::npos)
      << message;
  EXPECT_EQ(message.find("info"), std::string::npos) << message;
}

TEST_F(GenerateCode, AFileIsCompiledOrRefused) {
  const TempDir folder;
  cuda::CompileRequest request{.name = "k", .source = "extern \"C\" __global__ void k() {}"};
  write_file(folder.path() / "request", to_json(request).dump());
  compile_file(folder.path() / "request", folder.path() / "cubin", {});
  EXPECT_EQ(read_file(folder.path() / "cubin").substr(0, 4),
            "\x7f"
            "ELF");
  request.source = "no source";
  write_file(folder.path() / "request", to_json(request).dump());
  EXPECT_NE(error_of([&] {
              compile_file(folder.path() / "request", folder.path() / "cubin", {});
            }).find("kernel k for sm_90a"),
            std::string::npos);
}

}  // namespace
}  // namespace lathe::builder
