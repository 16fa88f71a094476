// SPDX-License-Identifier: Apache-2.0
// Device code of an engine: its file, and what a plan for a GPU has to say about it.
#include "lathe/engine/device_code.h"

#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "lathe/engine/folder.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/norm.h"
#include "tests/support/fake_compiler.h"

namespace lathe::engine {
namespace {

using testing::error_of;
using testing::fake_cubin;
using testing::TempDir;

// A norm of rows on an H100: one weight that the device fills, one step.
Plan norm_plan() {
  const TensorType x{DType::kBf16, {Dim::symbol("tokens"), 64}}, weight{DType::kBf16, {64}};
  const ops::Op op = ops::RmsNorm{};
  Plan plan;
  plan.name = "main";
  plan.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  plan.values = {{.name = "x", .type = x, .storage = Storage::kInput},
                 {.name = "w", .type = weight, .storage = Storage::kWeight, .index = 0},
                 {.name = "y", .type = x}};
  plan.weights = {{.name = "w",
                   .sources = {{.tensor = "w"}},
                   .source_rows = {64},
                   .shape = {64},
                   .format = {.name = "plain", .code_dtype = DType::kBf16},
                   .code = code_key("fill.rows.bf16", 1)}};
  plan.steps = {{.op = std::string(op.name()),
                 .attributes = op.attributes_json(),
                 .inputs = {0, 1},
                 .outputs = {2},
                 .kernels = {},
                 .computes = {}}};
  plan.steps[0].kernels = {{.choices = {{.kernel = "rms_norm.cuda.rows",
                                         .inputs = {0, 1},
                                         .code = code_key("rms_norm.cuda.rows", 2)}},
                            .refused = -1}};
  plan.outputs = {{"y", 2}};
  plan.arena_bytes = aligned_bytes(x, kernels::kDeviceAlignment);
  return plan;
}

DeviceCode norm_code() {
  return {.arch = "sm_90a",
          .compiler = "NVRTC 13.0",
          .options = "--std=c++20",
          .cubins = {{code_key("fill.rows.bf16", 1), fake_cubin(90)},
                     {code_key("rms_norm.cuda.rows", 2), fake_cubin(90)}}};
}

TEST(DeviceCode, KeysAreNamesWithHashes) {
  EXPECT_EQ(code_key("linear.cuda.sm90", 0xabc), "linear.cuda.sm90/0000000000000abc");
  EXPECT_TRUE(is_code_key("linear.cuda.sm90/0000000000000abc", "linear.cuda.sm90"));
  for (const std::string_view wrong :
       {"", "linear.cuda.sm90", "linear.cuda.sm90/abc", "linear.cuda.sm90.0000000000000abc",
        "linear.cuda.sm90/0000000000000ABC", "linear.cuda.sm9 /0000000000000abc"}) {
    EXPECT_FALSE(is_code_key(wrong, "linear.cuda.sm90")) << wrong;
  }
}

TEST(DeviceCode, SurvivesItsFile) {
  const DeviceCode code = norm_code();
  EXPECT_EQ(parse_device_code(to_safetensors(code), "t"), code);
}

TEST(DeviceCode, FilesOfOthersAreRefused) {
  DeviceCode code = norm_code();
  std::string bytes = to_safetensors(code);
  const size_t dtype = bytes.find(R"("U8")");
  EXPECT_NE(error_of([&] {
              parse_device_code(std::string(bytes).replace(dtype, 4, R"("I8")"), "t");
            }).find("expected U8, got I8"),
            std::string::npos);
  const size_t arch = bytes.find("\"arch\"");
  EXPECT_NE(error_of([&] {
              parse_device_code(bytes.replace(arch, 6, "\"a__h\""), "t");
            }).find("expected 'arch' in the metadata"),
            std::string::npos);
}

TEST(DeviceCode, APlanForAGpuVerifies) {
  verify(norm_plan());
  verify_code(norm_plan(), norm_code());
}

TEST(DeviceCode, APlanSaysWhatItsKernelsAre) {
  Plan plan = norm_plan();
  plan.steps[0].kernels[0].choices[0].code = "";
  EXPECT_NE(error_of([&] { verify(plan); }).find("expected its name and a hash, got ''"),
            std::string::npos);
  plan = norm_plan();
  plan.weights[0].code = code_key("fill.rows.f16", 1);
  EXPECT_NE(error_of([&] { verify(plan); }).find("code: expected fill.rows.bf16 and a hash"),
            std::string::npos);
}

TEST(DeviceCode, ArenasOfAGpuAreAlignedForIt) {
  Plan plan = norm_plan();
  plan.values[2].offset = 64;
  plan.arena_bytes = plan.arena_bytes + 256;
  EXPECT_NE(error_of([&] { verify(plan); }).find("aligned to 256"), std::string::npos);
}

TEST(DeviceCode, MissingAndForeignCodeIsRefusedWithTheWayOut) {
  DeviceCode code = norm_code();
  code.cubins.erase(code_key("rms_norm.cuda.rows", 2));
  EXPECT_NE(error_of([&] { verify_code(norm_plan(), code); })
                .find("has no device code 'rms_norm.cuda.rows/0000000000000002'; rebuild the "
                      "engine with `lathe build --target sm_90a`"),
            std::string::npos);
  code = norm_code();
  code.cubins[code_key("rms_norm.cuda.rows", 2)] = fake_cubin(100);
  EXPECT_NE(error_of([&] {
              verify_code(norm_plan(), code);
            }).find("is for sm_100, the plan for sm_90; rebuild"),
            std::string::npos);
  code.cubins[code_key("rms_norm.cuda.rows", 2)] = "ptx";
  EXPECT_NE(
      error_of([&] { verify_code(norm_plan(), code); }).find("expected a cubin, got 3 other bytes"),
      std::string::npos);
}

void write_norm(const std::filesystem::path& folder) {
  EngineData data;
  data.manifest.plans = {norm_plan()};
  data.files = {{"tokenizer.json", "{}"}};
  data.code = norm_code();
  EngineWriter writer(folder);
  writer.write(std::move(data));
  writer.commit();
}

TEST(DeviceCode, TravelsInTheFolder) {
  const TempDir temp;
  write_norm(temp.path() / "e");
  const EngineData data = read_engine(temp.path() / "e");
  EXPECT_EQ(data.code, norm_code());
  EXPECT_EQ(data.files.size(), 1U) << "the container is no file of the tokenizer";
  EXPECT_EQ(data.manifest.plans[0], norm_plan());
}

TEST(DeviceCode, ADamagedFileIsRefused) {
  const TempDir temp;
  write_norm(temp.path() / "e");
  std::string bytes = read_file(temp.path() / "e" / kKernelsFile);
  bytes.back() = '!';
  temp.write("e/kernels.safetensors", bytes);
  const std::string message = error_of([&] { read_engine(temp.path() / "e"); });
  EXPECT_NE(message.find("kernels.safetensors: expected"), std::string::npos) << message;
  EXPECT_NE(message.find("rebuild the engine"), std::string::npos) << message;
}

}  // namespace
}  // namespace lathe::engine
