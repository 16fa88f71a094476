// SPDX-License-Identifier: Apache-2.0
// Any bytes as a tokenizer's file: it is refused with one of the promised errors, or it encodes and
// decodes any text, with ids of its vocabulary and valid UTF-8.
#include "lathe/text/tokenizer.h"

#include <array>

#include "lathe/base/json.h"
#include "lathe/text/detokenizer.h"
#include "lathe/text/utf8.h"
#include "tests/support/fuzz.h"

namespace lathe::text {
namespace {

using testing::must_hold;

constexpr std::array<std::string_view, 6> kTexts = {
    "",
    " Hello, the  world's 12345 \xC3\xA9\r\n\n<s> </s>x",
    "\xE2\x96\x81the \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9",
    "broken \xC3 \xF0\x9F\x91 \xFF\xFE end \xE2\x82",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa <mask> word <0x41>",
    "e\xCC\x81 \xEF\xAC\x81 it'\xC5\xBF \xE3\x80\x80\xE4\xB8\xAD\xE6\x96\x87"};

void check_ids(const Tokenizer& tokenizer, std::span<const int32_t> ids) {
  for (const int32_t id : ids) {
    must_hold(id >= 0 && id < tokenizer.vocab_size(), "ids of the vocabulary", id);
    must_hold(tokenizer.find(tokenizer.token(id)).has_value(), "ids that have a token", id);
  }
}

void check_text(const std::shared_ptr<const Tokenizer>& tokenizer, std::string_view text) {
  for (const bool special : {true, false}) {
    const std::vector<int32_t> ids =
        tokenizer->encode(text, {.add_special = special, .parse_special = special});
    check_ids(*tokenizer, ids);
    const std::string decoded = tokenizer->decode(ids, {.skip_special = special});
    must_hold(is_utf8(decoded), "decoded text is UTF-8", decoded);
    Detokenizer detokenizer(tokenizer, {.skip_special = special});
    std::string streamed;
    for (const int32_t id : ids) {
      streamed += detokenizer.push(id);
      must_hold(is_utf8(streamed), "whole characters", streamed);
    }
    streamed += detokenizer.finish();
    const bool comparable = decoded.find("\xEF\xBF\xBD") == std::string::npos;
    must_hold(!comparable || streamed == decoded, "the text as a stream", streamed, decoded);
  }
}

// Ids nobody encoded, some of them outside of the vocabulary.
void check_any_ids(const Tokenizer& tokenizer) {
  std::vector<int32_t> ids = {-1, tokenizer.vocab_size(), INT32_MAX};
  for (int32_t id = 0; id < std::min(tokenizer.vocab_size(), 600); ++id) ids.push_back(id);
  must_hold(is_utf8(tokenizer.decode(ids)), "any ids decode to UTF-8");
  tokenizer.bos_token();
  tokenizer.eos_token();
}

void check(const TokenizerFiles& files) {
  try {
    const auto tokenizer = Tokenizer::load(files);
    check_any_ids(*tokenizer);
    for (const std::string_view text : kTexts) check_text(tokenizer, text);
  } catch (const Error& error) {
    testing::must_be_promised(error, {ErrorCode::kCorrupt, ErrorCode::kUnsupported,
                                      ErrorCode::kNotFound, ErrorCode::kResourceExhausted});
  }
}

}  // namespace
}  // namespace lathe::text

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  lathe::text::check({{"tokenizer.json", bytes}, {"tokenizer_config.json", bytes}});
  lathe::text::check({{"gguf_tokenizer.json", bytes}});
  return 0;
}
