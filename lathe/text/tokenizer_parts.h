// SPDX-License-Identifier: Apache-2.0
// What a tokenizer is made of, in the order a text goes through it. The readers fill it in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lathe/base/json.h"
#include "lathe/text/added_tokens.h"
#include "lathe/text/bpe.h"
#include "lathe/text/decoder.h"
#include "lathe/text/normalizer.h"
#include "lathe/text/pre_tokenizer.h"
#include "lathe/text/tokenizer.h"
#include "lathe/text/vocabulary.h"

namespace lathe::text {

// Ids around a text.
struct Frame {
  std::vector<int32_t> before;
  std::vector<int32_t> after;
};

// What a reader finds in a file.
struct TokenizerSpec {
  std::vector<VocabularyEntry> entries;
  std::vector<AddedToken> added;  // their ids are those of entries with the same text
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  Decoder decoder;
  Frame frame;
  std::optional<int32_t> bos_id;
  std::vector<int32_t> eos_ids;
};

// Never moved once made: `bpe` points to `vocabulary`.
struct TokenizerParts {
  Vocabulary vocabulary;
  AddedTokens raw_added;         // found in the text as it comes
  AddedTokens normalized_added;  // found in the normalized text
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  std::optional<Bpe> bpe;
  Frame frame;
  Decoder decoder;
  std::vector<TokenPiece> pieces;  // of each id
  std::vector<bool> is_special;    // of each id
  std::optional<int32_t> bos_id;
  std::vector<int32_t> eos_ids;
};

// From tokenizer.json, with what `config` (tokenizer_config.json, or null) knows about BOS and EOS.
std::unique_ptr<const TokenizerParts> read_tokenizer_json(const Json& json, const Json& config);
// From gguf_tokenizer.json.
std::unique_ptr<const TokenizerParts> read_gguf_tokenizer(const Json& json);

// The parts but for `bpe`, whose merges need the vocabulary.
std::unique_ptr<TokenizerParts> assemble(TokenizerSpec spec);

}  // namespace lathe::text
