// SPDX-License-Identifier: Apache-2.0
// Device code of a plan on a machine without a GPU: which pieces, how many times, by whom.
#include "lathe/builder/codegen/generate_code.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "lathe/base/error.h"
#include "lathe/builder/codegen/compile.h"
#include "lathe/builder/lower/kernel_choice.h"
#include "lathe/builder/lower/lower.h"
#include "lathe/graph/functions.h"
#include "tests/support/error_code_of.h"
#include "tests/support/fake_compiler.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::builder {
namespace {

using testing::code_of;
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

TEST_F(GenerateCode, ACacheThatTakesNothingIsAWarning) {
  const TempDir folder;
  const FakeCompiler compiler;
  engine::Plan plan = norms_plan();
  const engine::DeviceCode code = generate_code(plan, {.compiler = compiler.path()});
  const auto cache = folder.write("code", "");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(generate_code(plan, {.cache = cache, .compiler = compiler.path()}), code);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(cat("2 of 2 compiled kernels are not kept for the next build: ",
                          cache.string(), ": cannot be created: ")),
            std::string::npos)
      << said;
}

// A build that ends in the midst, by an error or told to: what was compiled is not compiled again.
TEST_F(GenerateCode, CodeIsKeptAsItIsCompiled) {
  const TempDir cache;
  const FakeCompiler first, second;
  engine::Plan plan = norms_plan();
  CompileOptions options{.cache = cache.path(), .compiler = first.path(), .workers = 1};
  options.progress = [&](int done, int, std::string_view) {
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(cache.path()), {}), done);
    fail(ErrorCode::kUnavailable, "told to end");
  };
  EXPECT_EQ(error_of([&] { generate_code(plan, options); }), "told to end");
  const int compiled = first.times_asked();
  EXPECT_EQ(compiled, 1);
  generate_code(plan, {.cache = cache.path(), .compiler = second.path()});
  EXPECT_EQ(second.times_asked(), 2 - compiled);
}

// A folder with the norm's source after `change`.
class ChangedSource {
 public:
  explicit ChangedSource(const std::function<void(std::string&)>& change) {
    std::string text = read_file(std::filesystem::path(LATHE_SOURCE_DIR) / kPath);
    change(text);
    std::filesystem::create_directories(file().parent_path());
    write_file(file(), text);
  }
  std::filesystem::path folder() const { return folder_.path(); }
  std::filesystem::path file() const { return folder_.path() / kPath; }

 private:
  static constexpr const char* kPath = "lathe/kernels/rms_norm/cuda_rows_entry.cuh";
  TempDir folder_;
};

TEST_F(GenerateCode, SourcesOfAFolderWin) {
  const ChangedSource source([](std::string& text) { text += "// mine\n"; });
  const FakeCompiler compiler;
  engine::Plan plain = norms_plan(), changed = norms_plan();
  generate_code(plain, {.compiler = compiler.path()});
  generate_code(changed, {.kernel_source = source.folder(), .compiler = compiler.path()});
  EXPECT_NE(plain.steps[0].kernels[0].choices[0].code, changed.steps[0].kernels[0].choices[0].code);
}

TEST_F(GenerateCode, SourcesOfAFolderHaveToDefineWhatIsLaunched) {
  const ChangedSource harmless([](std::string& text) { text += "// mine\n"; });
  const ChangedSource renamed([](std::string& text) {
    const size_t at = text.find("rms_norm(");
    ASSERT_NE(at, std::string::npos);
    text.insert(at, "my_");
  });
  engine::Plan plan = norms_plan();
  generate_code(plan, {.kernel_source = harmless.folder()});
  const auto generate = [&] { generate_code(plan, {.kernel_source = renamed.folder()}); };
  EXPECT_EQ(error_of(generate),
            cat("--kernel-source: kernel rms_norm.cuda.rows: expected its entry rms_norm "
                "(extern \"C\" __global__) in ",
                renamed.file().string(), ", got none"));
  EXPECT_EQ(code_of(generate), ErrorCode::kInvalidArgument);
}

TEST_F(GenerateCode, AWorkersErrorIsTold) {
  const FakeCompiler compiler("error: kernel k spills 8 bytes");
  engine::Plan plan = norms_plan();
  const std::string message = error_of([&] { generate_code(plan, {.compiler = compiler.path()}); });
  EXPECT_NE(message.find("its compiler ended with 1: kernel k spills 8 bytes"), std::string::npos)
      << message;
  EXPECT_EQ(message.find("info"), std::string::npos) << message;
}

struct Ending {
  std::string script;
  ErrorCode code;
  std::string says;
};

TEST_F(GenerateCode, HowAWorkerEndedIsTold) {
  for (const Ending& one : std::vector<Ending>{
           {"kill -9 $$", ErrorCode::kOutOfMemory,
            "was killed by signal 9 (out of memory?); build again with more memory free"},
           {"kill -11 $$", ErrorCode::kInternal, "was ended by signal 11"},
           {"exit 4", ErrorCode::kUnavailable, "ended with 4: it did not say why"},
           {"exit 1", ErrorCode::kInternal, "ended with 1: it did not say why"},
           {"echo error: $4: cannot be written: full >&2; exit 4", ErrorCode::kUnavailable,
            "cubin: cannot be written: full; TMPDIR names another folder"},
           {"echo error: no libnvrtc >&2; exit 4", ErrorCode::kUnavailable,
            "ended with 4: no libnvrtc"}}) {
    const FakeCompiler compiler(FakeCompiler::Script{one.script});
    engine::Plan plan = norms_plan();
    const auto generate = [&] { generate_code(plan, {.compiler = compiler.path(), .workers = 1}); };
    const std::string message = error_of(generate);
    EXPECT_EQ(message.find("kernel "), 0U) << message;
    EXPECT_NE(message.find(one.says), std::string::npos) << message;
    EXPECT_EQ(code_of(generate), one.code) << message;
  }
}

// Files of this process and its children grow no further while it lives, as on a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_F(GenerateCode, ADiskThatTakesNoMoreIsNamedWithTheWayOut) {
  const FakeCompiler silent(FakeCompiler::Script{"exit 4"});
  for (const rlim_t bytes : {rlim_t{100}, rlim_t{60'000}}) {  // of the request, of the log
    engine::Plan plan = norms_plan();
    const FileLimit limit(bytes);
    const auto generate = [&] { generate_code(plan, {.compiler = silent.path()}); };
    const std::string message = error_of(generate);
    EXPECT_EQ(message.find("kernel "), 0U) << message;
    EXPECT_NE(
        message.find(bytes == 100 ? ".json: cannot be written: File too large" : "ended with 4: /"),
        std::string::npos)
        << message;
    EXPECT_NE(message.find("cannot be written: File too large; TMPDIR names another folder"),
              std::string::npos)
        << message;
    EXPECT_EQ(code_of(generate), ErrorCode::kUnavailable);
  }
}

TEST_F(GenerateCode, ATemporaryFolderThatIsNoneIsNamed) {
  const FakeCompiler compiler;
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/no/such", 1);
  engine::Plan plan = norms_plan();
  const auto generate = [&] { generate_code(plan, {.compiler = compiler.path()}); };
  EXPECT_EQ(error_of(generate),
            "TMPDIR: expected a folder for temporary files, got '/no/such': No such file or "
            "directory");
  EXPECT_EQ(code_of(generate), ErrorCode::kInvalidArgument);
  before == nullptr ? unsetenv("TMPDIR") : setenv("TMPDIR", kept.c_str(), 1);
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
