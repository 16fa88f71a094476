// SPDX-License-Identifier: Apache-2.0
// Ids of 5 MB of text equal those of the `tokenizers` package, compared by a hash a chunk.
#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "lathe/base/hash.h"
#include "lathe/base/json.h"
#include "lathe/text/tokenizer.h"
#include "tests/support/gguf_vocabulary.h"
#include "tests/support/oracle_text.h"

namespace lathe::text {
namespace {

const std::filesystem::path kSource = LATHE_SOURCE_DIR;
const std::filesystem::path kData = kSource / "tests" / "data" / "tokenizers";

const std::vector<std::string>& chunks() {
  static const std::vector<std::string> list =
      testing::OracleText(read_file(kSource / "tools" / "golden" / "corpus.txt")).chunks();
  return list;
}

const Json& oracle() {
  static const Json json = Json::parse(read_file(kData / "oracle.json"), "oracle.json");
  return json;
}

std::string hash_of(const std::vector<int32_t>& ids) {
  return hex64(
      testing::fnv1a({reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(ids[0])}));
}

void expect_oracle(const Tokenizer& tokenizer, std::string_view name) {
  const Json::Array& expected = oracle().at("ids").at(name).as_array();
  ASSERT_EQ(expected.size(), chunks().size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const std::vector<int32_t> ids = tokenizer.encode(chunks()[i], {.add_special = false});
    const Json::Array& want = expected[i].as_array();
    EXPECT_EQ(static_cast<int64_t>(ids.size()), want[0].as_integer()) << name << ", chunk " << i;
    ASSERT_EQ(hash_of(ids), want[1].as_string()) << name << ", chunk " << i;
  }
}

TEST(TokenizerOracle, TextIsThatOfTheScript) {
  uint64_t hash = testing::kFnvBasis;
  int64_t bytes = 0;
  for (const std::string& chunk : chunks()) {
    hash = testing::fnv1a(chunk, hash);
    bytes += static_cast<int64_t>(chunk.size());
  }
  EXPECT_EQ(bytes, oracle().at("bytes").as_integer());
  EXPECT_GE(bytes, 5'000'000);
  EXPECT_EQ(hex64(hash), oracle().at("text").as_string());
}

class TrainedOracle : public ::testing::TestWithParam<const char*> {};

TEST_P(TrainedOracle, IdsEqual) {
  const std::string name = GetParam();
  const auto tokenizer = Tokenizer::load({{"tokenizer.json", read_file(kData / (name + ".json"))}});
  expect_oracle(*tokenizer, name);
  for (const std::string& chunk : chunks()) {
    EXPECT_TRUE(tokenizer->decode(tokenizer->encode(chunk)) == chunk) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, TrainedOracle,
                         ::testing::Values("gpt2", "smollm2", "llama3", "glm4"));

// Its vocabulary lacks some control characters, which vanish: no round trip.
TEST(TokenizerOracle, Smollm2OfTheGguf) {
  const auto path = testing::cache_folder() / "smollm2-135m-instruct.gguf";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << path << " is absent: tools/fetch_smollm2.sh fetches it";
  }
  const auto tokenizer = Tokenizer::load({{"gguf_tokenizer.json", testing::gguf_vocabulary(path)}});
  expect_oracle(*tokenizer, "smollm2_gguf");
}

}  // namespace
}  // namespace lathe::text
