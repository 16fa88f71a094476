// SPDX-License-Identifier: Apache-2.0
// Plans with a kernel that needs a library: with the library, with a wrong one, and without. The
// library is a stand-in (tests/support/fake_cuda.cc).
#include "lathe/core/cuda/library.h"

#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/cuda/test_session.h"
#include "lathe/ops/linear.h"
#include "tests/support/error_code_of.h"

namespace lathe::exec {
namespace {

using testing::TempDir;

constexpr int64_t kRows = 128, kWidth = 64;

// A product that cuBLASLt computes for more than 256 tokens.
TestPlan product() {
  const ops::WeightFormatDesc format{.code_dtype = DType::kBf16};
  TestPlan plan(kGpu);
  const int x = plan.input("x", TensorType::parse("bf16[tokens, 64]"));
  const int w = plan.weight("w", {kRows, kWidth}, format);
  const int packed = plan.weight("w", {kRows, kWidth}, format, "mma");
  plan.output("y", plan.step(ops::Linear{.format = format}, {x, w}));
  engine::ChoiceTable& table = plan.plan().steps[0].kernels[0];
  const engine::KernelChoice own{
      .kernel = "linear.cuda.sm90.tile128", .inputs = {x, packed}, .code = "code"};
  table.choices.assign(2, own);
  table.choices[0].up_to_tokens = 256;
  table.choices[1].kernel = "linear.cuda.cublaslt";
  table.fixed_bits = own;
  return plan;
}

class LibrarySession : public ::testing::Test {
 protected:
  std::shared_ptr<const Engine> load(const LoadOptions& wanted) const {
    engine::EngineData data;
    data.manifest.plans = {product().plan()};
    data.code.cubins = {{"code", FakeGpu::cubin()}};
    LoadOptions options = wanted;
    options.gpu = fake.open();
    options.cuda_libraries = folder.path();
    return Engine::from_memory(
        std::move(data), memory_rows({{"w", Tensor(DType::kBf16, {kRows, kWidth})}}), options);
  }
  void put(const char* library, const char* name) const {
    std::filesystem::copy_file(library, folder.path() / name);
  }
  // The last launch of a step of so many tokens.
  std::string launched(const std::shared_ptr<const Engine>& engine, int64_t tokens,
                       std::optional<Bits> bits = {}) {
    Session session(engine, {.limits = {{"tokens", 512}}, .bits = bits});
    const Tensor x(DType::kBf16, {tokens, kWidth});
    session.run({{"x", x.view()}});
    return fake.launched.back();
  }

  TempDir folder;
  FakeGpu fake;
};

TEST_F(LibrarySession, MultipliesByTheLibraryWhereTheTableSaysSo) {
  put(LATHE_FAKE_CUDA_12, "libcublasLt.so.13");
  const auto engine = load({});
  ASSERT_NE(engine->gpu()->products(), nullptr);
  EXPECT_EQ(engine->gpu()->products()->version(), "12.8.3");
  EXPECT_EQ(launched(engine, 256), "linear_tile_128");
  EXPECT_EQ(launched(engine, 300), "unpack_weight");
  const char* (*asked)() = nullptr;
  cuda::Library::open({"libcublasLt.so.13"}, {.directory = folder.path()})->bind(asked, "fake_log");
  EXPECT_NE(std::string(asked()).find("| 14:64x128/64 | 14:64x300/64 | 14:128x300/128 |"),
            std::string::npos)
      << asked();
}

TEST_F(LibrarySession, ALibraryThatDoesNotServeIsAnErrorBeforeMemoryIsTaken) {
  put(LATHE_FAKE_CUDA_11, "libcublasLt.so.12");
  const std::string path = (folder.path() / "libcublasLt.so.12").string();
  EXPECT_EQ(error_of([&] { load({}); }),
            cat("kernels of this engine multiply by cuBLASLt: ", path,
                " is cuBLASLt 11.8.3, Lathe needs 12.0 or newer; or run it with --no-libraries, "
                "which is slower"));
  EXPECT_EQ(testing::code_of([&] { load({}); }), ErrorCode::kUnavailable);
  EXPECT_EQ(fake.most_used, 0u);
}

TEST_F(LibrarySession, WithoutLibrariesTheKernelBeforeTakesAllTokens) {
  const auto engine = load({.libraries = Libraries::kNone});
  EXPECT_EQ(engine->gpu()->products(), nullptr);
  EXPECT_EQ(launched(engine, 300), "linear_tile_128");
}

TEST_F(LibrarySession, FixedBitsNeedNoLibraryNorDoesAnotherSessionOfSuchAnEngine) {
  const auto engine = load({.bits = Bits::kFixed});
  EXPECT_EQ(engine->gpu()->products(), nullptr);
  EXPECT_EQ(launched(engine, 300), "linear_tile_128");
  EXPECT_EQ(launched(engine, 300, Bits::kFastest), "linear_tile_128");
}

}  // namespace
}  // namespace lathe::exec
