// SPDX-License-Identifier: Apache-2.0
// Text to token ids and back.
//
// Made from a tokenizer's files as bytes: Hugging Face's `tokenizer.json` (byte-level BPE, or
// SentencePiece's BPE with byte fallback) with `tokenizer_config.json` beside it, or the metadata
// of a GGUF file. Ids equal those of the `tokenizers` package, a GGUF's those of llama.cpp.
//
//   auto tokenizer = text::Tokenizer::load(files);
//   std::vector<int32_t> ids = tokenizer->encode("Hello, world!");
//   std::string same = tokenizer->decode(ids);
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

// File name to bytes: "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", …, or
// "gguf_tokenizer.json" (the JSON of weights::TokenizerFiles::gguf). Others are ignored.
using TokenizerFiles = std::map<std::string, std::string, std::less<>>;

struct TokenizerParts;  // tokenizer_parts.h

struct EncodeOptions {
  bool add_special = true;    // BOS, EOS around the text, as the tokenizer wants them
  bool parse_special = true;  // "<|im_end|>" becomes its id; false: it is text like any other
};

struct DecodeOptions {
  bool skip_special = true;  // BOS, EOS and other control tokens give no text
};

// Immutable, so safe to share between threads. Holds the vocabulary (some 10 to 50 MB).
class Tokenizer {
 public:
  // Throws kNotFound where neither tokenizer.json nor gguf_tokenizer.json is among the files,
  // kCorrupt and kUnsupported naming the file and the field.
  static std::shared_ptr<const Tokenizer> load(const TokenizerFiles& files);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Takes any bytes: each maximal invalid part of UTF-8 counts as one U+FFFD. Linear in the text,
  // n log n in the length of a word. Throws kResourceExhausted where a regular expression of the
  // tokenizer's own files takes too many steps.
  std::vector<int32_t> encode(std::string_view text, const EncodeOptions& options = {}) const;

  // Valid UTF-8 for any ids; what has no id in the vocabulary gives no text. For a stream of ids
  // use Detokenizer.
  std::string decode(std::span<const int32_t> ids, const DecodeOptions& options = {}) const;

  // One more than the greatest id; a model may have more rows than that (padding), and ids below it
  // may have no token: encode() gives none of those, decode() skips them.
  int32_t vocab_size() const;
  // The token as the vocabulary spells it ("Ġthe", "▁the", "<0x0A>"); empty for an id without one.
  std::string_view token(int32_t id) const;
  // The bytes it stands for inside a text (" the", "\n"): possibly half a character.
  std::string_view token_bytes(int32_t id) const;
  std::optional<int32_t> find(std::string_view token) const;
  bool is_special(int32_t id) const;  // a control token, not text

  std::optional<int32_t> bos_id() const;
  // Where an answer ends by the tokenizer's own files: EOS, and a GGUF's end of turn. A model's
  // generation config may name more.
  const std::vector<int32_t>& eos_ids() const;
  std::string_view bos_token() const;  // empty where there is none; chat templates want the text
  std::string_view eos_token() const;

 private:
  friend class Detokenizer;
  explicit Tokenizer(std::unique_ptr<const TokenizerParts> parts);
  std::unique_ptr<const TokenizerParts> parts_;
};

}  // namespace lathe::text
