// SPDX-License-Identifier: Apache-2.0
// What the names of pre-tokenizers in GGUF files mean, shown by how they cut a text.
#include "lathe/text/gguf_pre_tokenizers.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/text/byte_alphabet.h"
#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

// Words with | between them, spaces as spaces.
std::string words(std::string_view name, std::string_view text) {
  std::string out =
      join(gguf_pre_tokenizer(name).pre_tokenizer({.words = {std::string(text)}}), "|");
  for (size_t at = 0; (at = out.find("Ġ", at)) != std::string::npos;) {
    out.replace(at, std::string_view("Ġ").size(), " ");
  }
  return out;
}

struct Cut {
  std::string_view name;
  std::string_view text;
  std::string_view words;
};

TEST(GgufPreTokenizers, Cut) {
  const Cut cases[] = {
      {"gpt-2", "It's 1234 x!", "It|'s| 1234| x|!"},
      {"gpt-2", "IT'S", "IT|'|S"},
      {"smollm", "It's 1234 x!", "It|'s| |1|2|3|4| x|!"},
      {"starcoder", "a12", "a|1|2"},
      {"llama-bpe", "IT'S 12345 x!", "IT|'S| |123|45| x|!"},
      {"llama-bpe", "(word", "(word"},
      {"glm4", "12345", "123|45"},
      {"qwen2", "12345", "1|2|3|4|5"},
      {"dbrx", "1234", "123|4"},
      {"falcon", "a1234$b", "a|123|4|$|b"},
      {"default", "a1234<b", "a|123|4|<|b"},
      {"", "a1234<b", "a|123|4|<|b"},
      {"gpt-4o", "helloWorld's HTTPServer", "hello|World's| HTTPServer"},
      {"tekken", "helloWorld's 12", "hello|World|'s| |1|2"},
      {"deepseek-coder", "a 12", "a| |1|2"},
  };
  for (const Cut& test : cases) {
    EXPECT_EQ(words(test.name, test.text), test.words) << test.name << ": " << test.text;
  }
}

TEST(GgufPreTokenizers, LineEndsAreCutAsTheFamilyCutsThem) {
  const auto cut = [](std::string_view name) { return words(name, "a.\n\n b"); };
  EXPECT_EQ(cut("gpt-2"), "a|.|ĊĊ| b");
  EXPECT_EQ(cut("llama-bpe"), "a|.ĊĊ| b");
  EXPECT_EQ(cut("deepseek-coder"), "a|.|Ċ|Ċ| b");
}

TEST(GgufPreTokenizers, NothingIsLost) {
  const std::string text = "It's 12345 x!\n\n  HTTPServer(word) $3.50 <b>\t";
  for (const char* name : {"default", "gpt-2", "smollm", "llama-bpe", "smaug-bpe", "glm4", "qwen2",
                           "falcon", "deepseek-coder", "gpt-4o", "tekken"}) {
    const auto cut = gguf_pre_tokenizer(name).pre_tokenizer({.words = {text}});
    EXPECT_EQ(join(cut, ""), to_byte_alphabet(text)) << name;
    for (const std::string& word : cut) EXPECT_FALSE(word.empty()) << name;
  }
}

TEST(GgufPreTokenizers, FlagsOfTheFamilies) {
  struct Flags {
    const char* name;
    bool add_bos, ignore_merges;
  };
  for (const Flags& flags :
       {Flags{"gpt-2", false, false}, Flags{"llama-bpe", true, true}, Flags{"glm4", false, true},
        Flags{"tekken", true, true}, Flags{"smollm", false, false}, Flags{"dbrx", false, false}}) {
    const GgufPreTokenizer pre = gguf_pre_tokenizer(flags.name);
    EXPECT_EQ(pre.add_bos, flags.add_bos) << flags.name;
    EXPECT_EQ(pre.ignore_merges, flags.ignore_merges) << flags.name;
  }
}

TEST(GgufPreTokenizers, UnknownNamesAreRefusedWithTheKnownOnes) {
  const std::string message = testing::error_of([] { gguf_pre_tokenizer("somebody"); });
  EXPECT_TRUE(message.starts_with(
      "tokenizer.ggml.pre: 'somebody' is not known, expected one of default, gpt-2, "))
      << message;
  EXPECT_TRUE(message.ends_with(", tekken")) << message;
  EXPECT_EQ(message.find(", ,"), std::string::npos) << "no empty name";
}

}  // namespace
}  // namespace lathe::text
