// SPDX-License-Identifier: Apache-2.0
// Ids of the vocabularies that come with llama.cpp's source equal those it expects. The files are
// not ours: tools/peers/build_llama_cpp.sh fetches them.
#include <gtest/gtest.h>

#include <sstream>

#include "lathe/base/file.h"
#include "lathe/text/tokenizer.h"
#include "tests/support/gguf_vocabulary.h"

namespace lathe::text {
namespace {

constexpr std::string_view kSeparator = "\n__ggml_vocab_test__\n";

std::vector<std::string> texts_of(const std::string& file) {
  std::vector<std::string> out;
  size_t begin = 0;
  for (size_t end; (end = file.find(kSeparator, begin)) != std::string::npos;) {
    out.push_back(file.substr(begin, end - begin));
    begin = end + kSeparator.size();
  }
  out.push_back(file.substr(begin));
  return out;
}

std::vector<int32_t> ids_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<int32_t>(stream), {}};
}

class LlamaCppVocabulary : public ::testing::TestWithParam<const char*> {};

TEST_P(LlamaCppVocabulary, IdsEqual) {
  const auto folder = testing::cache_folder() / "llama-cpp" / "src" / "models";
  const std::string stem = (folder / ("ggml-vocab-" + std::string(GetParam()) + ".gguf")).string();
  if (!std::filesystem::exists(stem)) {
    GTEST_SKIP() << stem << " is absent: tools/peers/build_llama_cpp.sh fetches it";
  }
  const auto tokenizer = Tokenizer::load({{"gguf_tokenizer.json", testing::gguf_vocabulary(stem)}});
  const std::vector<std::string> texts = texts_of(read_file(stem + ".inp"));
  std::istringstream expected(read_file(stem + ".out"));
  ASSERT_GE(texts.size(), 40u);
  for (const std::string& text : texts) {
    std::string line;
    std::getline(expected, line);
    EXPECT_EQ(tokenizer->encode(text, {.add_special = false}), ids_of(line)) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, LlamaCppVocabulary,
                         ::testing::Values("command-r", "deepseek-coder", "falcon", "gpt-2",
                                           "llama-bpe", "llama-spm", "mpt", "phi-3", "qwen2",
                                           "refact", "starcoder"));

}  // namespace
}  // namespace lathe::text
