// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/tokenizer.h"

#include "lathe/base/error.h"
#include "lathe/text/tokenizer_parts.h"
#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

Json parse_file(const TokenizerFiles& files, std::string_view name) {
  const auto found = files.find(name);
  return found == files.end() ? Json() : Json::parse(found->second, name);
}

// One text on its way to ids.
class Encoder {
 public:
  Encoder(const TokenizerParts& parts, SpecialTokens special) : parts_(parts), special_(special) {}

  std::vector<int32_t> encode(std::string_view text) {
    for (const TextPart& part : parts_.raw_added.split(text, special_)) {
      if (part.id) {
        ids_.push_back(*part.id);
      } else {
        const std::string_view between =
            text.substr(part.span.begin, part.span.end - part.span.begin);
        encode_normalized(parts_.normalizer(std::string(between)), part.span.begin == 0);
      }
    }
    return std::move(ids_);
  }

 private:
  void encode_normalized(const std::string& text, const bool begins_text) {
    for (const TextPart& part : parts_.normalized_added.split(text, special_)) {
      if (part.id) {
        ids_.push_back(*part.id);
        continue;
      }
      Segment segment{.words = {text.substr(part.span.begin, part.span.end - part.span.begin)},
                      .begins_text = begins_text && part.span.begin == 0};
      for (const std::string& word : parts_.pre_tokenizer(std::move(segment))) {
        parts_.bpe->encode(word, ids_);
      }
    }
  }

  const TokenizerParts& parts_;
  SpecialTokens special_;
  std::vector<int32_t> ids_;
};

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::load(const TokenizerFiles& files) {
  std::unique_ptr<const TokenizerParts> parts;
  if (const Json json = parse_file(files, "tokenizer.json"); !json.is_null()) {
    const Json config = parse_file(files, "tokenizer_config.json");
    parts = with_context("tokenizer.json", [&] { return read_tokenizer_json(json, config); });
  } else if (const Json gguf = parse_file(files, "gguf_tokenizer.json"); !gguf.is_null()) {
    parts = with_context("GGUF tokenizer", [&] { return read_gguf_tokenizer(gguf); });
  } else {
    fail(ErrorCode::kNotFound,
         "tokenizer: expected tokenizer.json or the metadata of a GGUF file, found neither");
  }
  return std::shared_ptr<const Tokenizer>(new Tokenizer(std::move(parts)));
}

Tokenizer::Tokenizer(std::unique_ptr<const TokenizerParts> parts) : parts_(std::move(parts)) {}
Tokenizer::~Tokenizer() = default;

std::vector<int32_t> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  const SpecialTokens special =
      options.parse_special ? SpecialTokens::kParse : SpecialTokens::kAsText;
  std::vector<int32_t> ids = Encoder(*parts_, special).encode(to_utf8(text));
  if (options.add_special) {
    const Frame& frame = parts_->frame;
    ids.insert(ids.begin(), frame.before.begin(), frame.before.end());
    ids.insert(ids.end(), frame.after.begin(), frame.after.end());
  }
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, const DecodeOptions& options) const {
  std::vector<TokenPiece> pieces;
  pieces.reserve(ids.size());
  for (const int32_t id : ids) {
    if (id < 0 || id >= vocab_size() || (options.skip_special && is_special(id))) continue;
    pieces.push_back(parts_->pieces[static_cast<size_t>(id)]);
  }
  return parts_->decoder.join(pieces);
}

int32_t Tokenizer::vocab_size() const { return parts_->vocabulary.size(); }

std::string_view Tokenizer::token(int32_t id) const { return parts_->vocabulary.token(id); }

std::string_view Tokenizer::token_bytes(int32_t id) const {
  if (id < 0 || id >= vocab_size()) return {};
  return parts_->pieces[static_cast<size_t>(id)].bytes;
}

std::optional<int32_t> Tokenizer::find(std::string_view token) const {
  return parts_->vocabulary.find(token);
}

bool Tokenizer::is_special(int32_t id) const {
  return id >= 0 && id < vocab_size() && parts_->is_special[static_cast<size_t>(id)];
}

std::optional<int32_t> Tokenizer::bos_id() const { return parts_->bos_id; }

const std::vector<int32_t>& Tokenizer::eos_ids() const { return parts_->eos_ids; }

std::string_view Tokenizer::bos_token() const {
  return parts_->bos_id ? token(*parts_->bos_id) : std::string_view();
}

std::string_view Tokenizer::eos_token() const {
  return parts_->eos_ids.empty() ? std::string_view() : token(parts_->eos_ids.front());
}

}  // namespace lathe::text
