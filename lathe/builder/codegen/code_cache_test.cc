// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/code_cache.h"

#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

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

TEST(CodeCache, WithoutAFolderNothingIsKept) {
  const CodeCache cache({}, "NVRTC 13.0");
  cache.put("linear/01", "x");
  EXPECT_EQ(cache.find("linear/01"), std::nullopt);
}

}  // namespace
}  // namespace lathe::builder
