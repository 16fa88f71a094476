// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/tokenizer_parts.h"

namespace lathe::text {
namespace {

void divide(std::vector<AddedToken> added, TokenizerParts& parts) {
  std::vector<AddedToken> raw;
  std::vector<AddedToken> normalized;
  for (AddedToken& token : added) {
    if (token.special) parts.is_special[static_cast<size_t>(token.id)] = true;
    if (token.normalized) {
      token.content = parts.normalizer(std::move(token.content));
      normalized.push_back(std::move(token));
    } else {
      raw.push_back(std::move(token));
    }
  }
  parts.raw_added = AddedTokens(std::move(raw));
  parts.normalized_added = AddedTokens(std::move(normalized));
}

}  // namespace

std::unique_ptr<TokenizerParts> assemble(TokenizerSpec spec) {
  auto parts = std::make_unique<TokenizerParts>();
  parts->vocabulary = Vocabulary(std::move(spec.entries));
  parts->normalizer = std::move(spec.normalizer);
  parts->pre_tokenizer = std::move(spec.pre_tokenizer);
  parts->decoder = std::move(spec.decoder);
  parts->frame = std::move(spec.frame);
  parts->bos_id = spec.bos_id;
  parts->eos_ids = std::move(spec.eos_ids);
  const int32_t size = parts->vocabulary.size();
  parts->pieces.reserve(static_cast<size_t>(size));
  for (int32_t id = 0; id < size; ++id) {
    parts->pieces.push_back(parts->decoder.piece(parts->vocabulary.token(id)));
  }
  parts->is_special.resize(static_cast<size_t>(size));
  divide(std::move(spec.added), *parts);
  return parts;
}

}  // namespace lathe::text
