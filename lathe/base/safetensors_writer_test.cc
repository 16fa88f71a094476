// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/safetensors_writer.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

TEST(SafetensorsWriterTest, IsReadBack) {
  const testing::TempDir folder;
  const std::filesystem::path path = folder.path() / "x.safetensors";
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};
  const std::vector<int32_t> b = {7};
  const std::vector<SafetensorsTensor> tensors = {{"a", "F32", {2, 3}, std::as_bytes(std::span(a))},
                                                  {"b", "I32", {1}, std::as_bytes(std::span(b))},
                                                  {"empty", "F32", {0, 3}, {}}};
  write_safetensors(path, tensors);
  const std::string bytes = read_file(path);
  const Safetensors read = read_safetensors(std::as_bytes(std::span(bytes)), "x");
  ASSERT_EQ(read.tensors.size(), 3u);
  for (const SafetensorsTensor& tensor : read.tensors) {
    const auto same = std::find_if(tensors.begin(), tensors.end(), [&](const SafetensorsTensor& t) {
      return t.name == tensor.name;
    });
    ASSERT_NE(same, tensors.end());
    EXPECT_EQ(tensor.dtype, same->dtype);
    EXPECT_EQ(tensor.shape, same->shape);
    EXPECT_TRUE(std::ranges::equal(tensor.bytes, same->bytes));
  }
}

TEST(SafetensorsWriterTest, RefusesBytesThatDoNotFit) {
  const testing::TempDir folder;
  const std::vector<float> a = {1, 2};
  const std::vector<SafetensorsTensor> tensors = {{"a", "F32", {3}, std::as_bytes(std::span(a))}};
  EXPECT_THROW(write_safetensors(folder.path() / "x", tensors), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SafetensorsWriterTest, AFolderThatIsMissingIsSaid) {
  try {
    write_safetensors("/no/such/folder/x.safetensors", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_NE(error.message().find("No such file"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace lathe
