// SPDX-License-Identifier: Apache-2.0
#include "model_flags.h"

#include <gtest/gtest.h>

#include "blame.h"
#include "test_command.h"
#include "tests/support/temp_dir.h"

namespace lathe::app {
namespace {

using testing::error_of;

ModelFlags parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "/tmp");
  return parsed_flags<ModelFlags>(words);
}

exec::LoadOptions load(const std::vector<std::string>& words) {
  return parsed(words).load_options();
}

TEST(ModelFlags, NothingGivenIsTheEnginesOwn) {
  const ModelFlags model = parsed({});
  EXPECT_EQ(model.limits, runtime::RunLimits{});
  const exec::LoadOptions options = model.load_options();
  EXPECT_FALSE(options.device || options.isa);
  EXPECT_EQ(options.threads, 0);
  EXPECT_TRUE(options.weights.empty());
  EXPECT_EQ(options.bits, exec::Bits::kFastest);
}

TEST(ModelFlags, DevicesHaveTheirNames) {
  EXPECT_EQ(load({"--device", "cpu"}).device->kind, DeviceKind::kCpu);
  EXPECT_EQ(load({"--device", "cuda:0"}).device->kind, DeviceKind::kCuda);
  EXPECT_EQ(load({"--device", "cuda:13"}).device->index, 13);
  for (const char* name : {"gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:1 ", "cuda:0x1",
                           "CPU", "cpu:0", "cuda:99999999999"}) {
    EXPECT_EQ(error_of([&] {
                load({"--device", name});
              }),
              cat("--device: expected cpu or cuda:0, got ", quote(name)));
  }
}

TEST(ModelFlags, EachReachesItsOption) {
  EXPECT_EQ(load({"--threads", "3"}).threads, 3);
  EXPECT_EQ(load({"--cpu-isa", "avx512"}).isa, kernels::CpuIsa::kAvx512);
  EXPECT_EQ(load({"--weights", "/tmp"}).weights, "/tmp");
  EXPECT_EQ(load({"--cuda-libraries", "/usr/lib"}).cuda_libraries, "/usr/lib");
  EXPECT_EQ(load({"--deterministic"}).bits, exec::Bits::kFixed);
  EXPECT_EQ(load({"--no-libraries"}).libraries, exec::Libraries::kNone);
  const runtime::RunLimits limits =
      parsed({"--max-batch-size=2", "--max-num-tokens=3", "--max-seq-len=4", "--kv-cache-bytes=5"})
          .limits;
  EXPECT_EQ(limits.max_batch_size, 2);
  EXPECT_EQ(limits.max_num_tokens, 3);
  EXPECT_EQ(limits.max_seq_len, 4);
  EXPECT_EQ(limits.kv_cache_bytes, 5);
  EXPECT_EQ(parsed({"--kv-cache-fraction=0.5"}).limits.kv_cache_fraction, 0.5);
}

TEST(ModelFlags, BytesAndFractionExcludeEachOther) {
  EXPECT_EQ(error_of([] {
              load({"--kv-cache-bytes=5", "--kv-cache-fraction=0.5"});
            }),
            "--kv-cache-bytes, --kv-cache-fraction: expected one of them, got both");
}

TEST(BlameFlag, GivesTheErrorTheFlagsName) {
  EXPECT_EQ(flag_of_field("top_p"), "--top-p");
  EXPECT_EQ(flag_of_field("seed"), "--seed");
  const auto corrupt = [] { fail(ErrorCode::kCorrupt, "byte 3"); };
  try {
    blame_flag("--mixed", corrupt);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.message(), "--mixed: byte 3");
  }
  EXPECT_EQ(blame_flag("--mixed", [] { return 7; }), 7);
}

TEST(BlameFlag, NamesTheFlagOfAField) {
  const auto message = [](ErrorCode code, std::string_view text) {
    return error_of([&] { blame_flags_of<runtime::RunLimits>([&] { fail(code, text); }); });
  };
  EXPECT_EQ(message(ErrorCode::kInvalidArgument, "max_seq_len: expected at most 8"),
            "--max-seq-len: expected at most 8");
  EXPECT_EQ(message(ErrorCode::kInvalidArgument, "top_p: not a limit"), "top_p: not a limit");
  EXPECT_EQ(message(ErrorCode::kCorrupt, "max_seq_len: a file's"), "max_seq_len: a file's");
}

TEST(BlameFlag, ReadsJsonInTheFlagsName) {
  const testing::TempDir folder;
  EXPECT_EQ(read_json_file("--tools", {{folder.write("good", "[1]")}}).dump(), "[1]");
  const std::string message =
      error_of([&] { read_json_file("--tools", {{folder.write("bad", "[1")}}); });
  EXPECT_TRUE(message.starts_with("--tools: ")) << message;
  EXPECT_NE(message.find("bad: byte"), std::string::npos) << message;
}

}  // namespace
}  // namespace lathe::app
