// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/tokenizer_names.h"

#include <gtest/gtest.h>

namespace lathe::weights {
namespace {

TEST(FilesByName, AFoldersAreItsOwn) {
  const auto files = files_by_name({.files = {{"tokenizer.json", "{}"}, {"a", "b"}}, .gguf = {}});
  EXPECT_EQ(files.size(), 2u);
  EXPECT_EQ(files.at("tokenizer.json"), "{}");
}

TEST(FilesByName, AGgufsIsOne) {
  Json json = Json::object();
  json["model"] = "llama";
  const auto files = files_by_name({.files = {}, .gguf = json});
  EXPECT_EQ(files.size(), 1u);
  EXPECT_EQ(files.at("gguf_tokenizer.json"), R"({"model":"llama"})");
  EXPECT_TRUE(files_by_name({}).empty());
}

}  // namespace
}  // namespace lathe::weights
