// SPDX-License-Identifier: Apache-2.0
// Ids and texts of the small checkpoints' tokenizers, as the `tokenizers` package makes them.
#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "lathe/base/json.h"
#include "lathe/text/detokenizer.h"
#include "lathe/text/tokenizer.h"

namespace lathe::text {
namespace {

const std::filesystem::path kCheckpoints =
    std::filesystem::path(LATHE_SOURCE_DIR) / "tests" / "data" / "checkpoints";

std::vector<int32_t> ids_of(const Json& json) {
  std::vector<int32_t> out;
  for (const Json& id : json.as_array()) out.push_back(static_cast<int32_t>(id.as_integer()));
  return out;
}

class TokenizerGolden : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto folder = kCheckpoints / GetParam();
    TokenizerFiles files;
    for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
      files[name] = read_file(folder / name);
    }
    tokenizer_ = Tokenizer::load(files);
    goldens_ = Json::parse(read_file(folder / "golden_text.json"), "golden_text.json");
  }

  std::string stream(const std::vector<int32_t>& ids, DetokenizerOptions options) const {
    Detokenizer detokenizer(tokenizer_, options);
    std::string out;
    for (const int32_t id : ids) out += detokenizer.push(id);
    return out + detokenizer.finish();
  }

  std::shared_ptr<const Tokenizer> tokenizer_;
  Json goldens_;
};

TEST_P(TokenizerGolden, Encodes) {
  ASSERT_GE(goldens_.at("texts").as_array().size(), 20u);
  for (const Json& golden : goldens_.at("texts").as_array()) {
    const std::string& text = golden.at("text").as_string();
    EXPECT_EQ(tokenizer_->encode(text, {.add_special = false}), ids_of(golden.at("ids"))) << text;
    EXPECT_EQ(tokenizer_->encode(text), ids_of(golden.at("ids_with_special"))) << text;
  }
}

TEST_P(TokenizerGolden, Decodes) {
  for (const Json& golden : goldens_.at("texts").as_array()) {
    const std::vector<int32_t> ids = ids_of(golden.at("ids"));
    EXPECT_EQ(tokenizer_->decode(ids, {.skip_special = false}), golden.at("decoded").as_string());
    EXPECT_EQ(tokenizer_->decode(ids), golden.at("decoded_without_special").as_string());
  }
}

TEST_P(TokenizerGolden, StreamsWhatItDecodes) {
  for (const Json& golden : goldens_.at("texts").as_array()) {
    const std::vector<int32_t> ids = ids_of(golden.at("ids"));
    EXPECT_EQ(stream(ids, {.skip_special = false}), golden.at("decoded").as_string());
    EXPECT_EQ(stream(ids, {}), golden.at("decoded_without_special").as_string());
  }
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, TokenizerGolden,
                         ::testing::Values("llama_mha", "llama_gqa", "gpt2"));

}  // namespace
}  // namespace lathe::text
