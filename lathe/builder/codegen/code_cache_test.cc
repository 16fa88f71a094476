// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/code_cache.h"

#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

using testing::code_of;
using testing::error_of;
using testing::TempDir;

TEST(CodeCache, FindsWhatWasPut) {
  const TempDir folder;
  const CodeCache cache(folder.path() / "code", "NVRTC 13.0");
  EXPECT_EQ(cache.find("linear/01"), std::nullopt);
  cache.put("linear/01", std::string("a\0b", 3));
  EXPECT_EQ(cache.find("linear/01"), std::string("a\0b", 3));
  EXPECT_EQ(cache.find("linear/02"), std::nullopt);
}

TEST(CodeCache, AnotherCompilersCodeIsNotFound) {
  const TempDir folder;
  CodeCache(folder.path(), "NVRTC 13.0").put("linear/01", "x");
  EXPECT_EQ(CodeCache(folder.path(), "NVRTC 13.1").find("linear/01"), std::nullopt);
}

TEST(CodeCache, DamagedFilesAreAsNone) {
  const TempDir folder;
  const CodeCache cache(folder.path(), "NVRTC 13.0");
  cache.put("linear/01", "cubin");
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::string bytes = read_file(entry.path());
    bytes.back() = '!';
    write_file(entry.path(), bytes);
  }
  EXPECT_EQ(cache.find("linear/01"), std::nullopt);
}

TEST(CodeCache, WhatIsNoFileIsAsNoneAndCannotBeReplaced) {
  const TempDir folder;
  const CodeCache cache(folder.path(), "NVRTC 13.0");
  const auto cubin = folder.path() / "linear-01.NVRTC-13.0.cubin";
  std::filesystem::create_directory(cubin);
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(cache.find("linear/01"), std::nullopt);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find(
                cat("compiled code is not read: ", cubin.string(), ": not a regular file")),
            std::string::npos);
  EXPECT_EQ(error_of([&] { cache.put("linear/01", "x"); }),
            cat(cubin.string(), ": cannot be written: Is a directory"));
}

TEST(CodeCache, AFileInPlaceOfTheFolderHoldsNothingAndTakesNothing) {
  const TempDir folder;
  const CodeCache cache(folder.write("code", ""), "NVRTC 13.0");
  EXPECT_EQ(cache.find("linear/01"), std::nullopt);
  const auto put = [&] { cache.put("linear/01", "x"); };
  EXPECT_NE(error_of(put).find("/code: cannot be created: "), std::string::npos) << error_of(put);
  EXPECT_EQ(code_of(put), ErrorCode::kUnavailable);
}

TEST(CodeCache, WithoutAFolderNothingIsKept) {
  const CodeCache cache({}, "NVRTC 13.0");
  cache.put("linear/01", "x");
  EXPECT_EQ(cache.find("linear/01"), std::nullopt);
}

}  // namespace
}  // namespace lathe::builder
