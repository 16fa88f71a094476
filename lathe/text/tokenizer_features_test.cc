// SPDX-License-Identifier: Apache-2.0
// Small tokenizers, one a feature, against what the `tokenizers` package makes of the same file.
#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "lathe/base/json.h"
#include "lathe/text/tokenizer.h"

namespace lathe::text {
namespace {

const std::filesystem::path kTests = std::filesystem::path(LATHE_SOURCE_DIR) / "tests";

std::vector<int32_t> ids_of(const Json& json) {
  std::vector<int32_t> out;
  for (const Json& id : json.as_array()) out.push_back(static_cast<int32_t>(id.as_integer()));
  return out;
}

TEST(TokenizerFeatures, EqualTheTokenizersPackage) {
  const Json features =
      Json::parse(read_file(kTests / "data" / "tokenizers" / "features.json"), "features.json");
  ASSERT_GE(features.as_array().size(), 25u);
  for (const Json& feature : features.as_array()) {
    const std::string& name = feature.at("name").as_string();
    const auto path = kTests / "corpus" / "tokenizer_fuzz" / (name + ".json");
    const auto tokenizer = Tokenizer::load({{"tokenizer.json", read_file(path)}});
    for (const Json& golden : feature.at("goldens").as_array()) {
      const std::string& text = golden.at("text").as_string();
      const std::vector<int32_t> ids = ids_of(golden.at("ids"));
      EXPECT_EQ(tokenizer->encode(text, {.add_special = false}), ids) << name << ": " << text;
      EXPECT_EQ(tokenizer->encode(text), ids_of(golden.at("framed"))) << name << ": " << text;
      EXPECT_EQ(tokenizer->encode(text, {.add_special = false, .parse_special = false}),
                ids_of(golden.at("special_as_text")))
          << name << ": " << text;
      EXPECT_EQ(tokenizer->decode(ids, {.skip_special = false}), golden.at("decoded").as_string())
          << name << ": " << text;
      EXPECT_EQ(tokenizer->decode(ids), golden.at("decoded_without_special").as_string())
          << name << ": " << text;
    }
  }
}

}  // namespace
}  // namespace lathe::text
