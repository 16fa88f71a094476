// SPDX-License-Identifier: Apache-2.0
// Hugging Face's tokenizer.json: a model of type BPE and the parts around it.
#include <algorithm>
#include <unordered_map>

#include "lathe/base/error.h"
#include "lathe/base/fields.h"
#include "lathe/text/json_fields.h"
#include "lathe/text/merge_list.h"
#include "lathe/text/tokenizer_parts.h"

namespace lathe::text {
namespace {

std::vector<VocabularyEntry> read_vocabulary(const Json& vocab) {
  std::vector<VocabularyEntry> out;
  for (const Json::Member& item : vocab.as_object()) {
    with_item_context([&] { return quote(item.first); },
                      [&] {
                        out.push_back({item.first, item.second.as_integer()});
                      });
  }
  return out;
}

// Refuses variants of BPE that would give other ids.
void check_model(const Json& model) {
  const std::string type = text_field(model, "type", "BPE");
  if (type != "BPE") {
    fail(ErrorCode::kUnsupported, "type ", quote(type), " is not supported, expected BPE");
  }
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!text_field(model, affix, "").empty()) {
      fail(ErrorCode::kUnsupported, affix, " is not supported");
    }
  }
}

BpeOptions read_options(const Json& model, const Vocabulary& vocabulary) {
  BpeOptions out;
  const std::string unknown = text_field(model, "unk_token", "");
  if (!unknown.empty()) {
    out.unknown_id = with_context("unk_token", [&] { return token_id(vocabulary, unknown); });
  }
  out.fuse_unknown = bool_field(model, "fuse_unk", false);
  out.byte_fallback = bool_field(model, "byte_fallback", false);
  out.ignore_merges = bool_field(model, "ignore_merges", false);
  return out;
}

AddedToken read_added(const Json& json) {
  AddedToken out;
  out.content = text_field(json, "content");
  out.single_word = bool_field(json, "single_word", false);
  out.lstrip = bool_field(json, "lstrip", false);
  out.rstrip = bool_field(json, "rstrip", false);
  out.special = bool_field(json, "special", false);
  out.normalized = bool_field(json, "normalized", !out.special);
  return out;
}

// Appends the added tokens to the entries; one whose text the model has keeps the model's id.
std::vector<AddedToken> read_added_tokens(const Json& list, std::vector<VocabularyEntry>& entries) {
  std::unordered_map<std::string_view, int64_t> ids;
  for (const VocabularyEntry& entry : entries) ids.emplace(entry.token, entry.id);
  std::vector<VocabularyEntry> more;
  std::vector<AddedToken> out;
  for (const Json& json : list.is_null() ? Json::Array() : list.as_array()) {
    AddedToken token = with_context(cat("[", out.size(), "]"), [&] { return read_added(json); });
    if (token.content.empty()) continue;
    const auto known = ids.find(token.content);
    const int64_t id = known != ids.end() ? known->second : json.at("id").as_integer();
    if (known == ids.end()) more.push_back({token.content, id});
    token.id = static_cast<int32_t>(id);
    out.push_back(std::move(token));
  }
  entries.insert(entries.end(), more.begin(), more.end());
  return out;
}

void append_template(const Json& json, Frame& frame) {
  const Json& special = json.at("special_tokens");
  std::vector<int32_t>* side = &frame.before;
  for (const Json& item : json.at("single").as_array()) {
    if (item.contains("Sequence")) {
      side = &frame.after;
      continue;
    }
    const Json& ids = special.at(text_field(item.at("SpecialToken"), "id")).at("ids");
    for (const Json& id : ids.as_array()) read_json(id, side->emplace_back());
  }
}

Frame read_frame(const Json& json) {
  Frame out;
  for (const Json* component : components(json, "processors")) {
    const std::string& type = text_field(*component, "type");
    if (type == "TemplateProcessing") {
      append_template(*component, out);
    } else if (type != "ByteLevel") {  // which moves offsets only
      fail(ErrorCode::kUnsupported, "type ", quote(type),
           " is not known, expected one of TemplateProcessing, ByteLevel, Sequence");
    }
  }
  return out;
}

// A template names ids of its own, which need not be those of the vocabulary.
void check_frame(const Frame& frame, const Vocabulary& vocabulary) {
  for (const std::vector<int32_t>* side : {&frame.before, &frame.after}) {
    for (const int32_t id : *side) {
      if (vocabulary.token(id).empty()) fail(ErrorCode::kCorrupt, "no token has id ", id);
    }
  }
}

// "bos_token" of tokenizer_config.json: the text itself, or an object that holds it.
std::optional<int32_t> special_id(const Json& config, std::string_view key,
                                  const std::vector<VocabularyEntry>& entries) {
  const Json& field = field_or_null(config, key);
  if (field.is_null()) return std::nullopt;
  const std::string& text = field.is_object() ? text_field(field, "content") : field.as_string();
  for (const VocabularyEntry& entry : entries) {
    if (entry.token == text) return static_cast<int32_t>(entry.id);
  }
  return std::nullopt;
}

TokenizerSpec read_spec(const Json& json) {
  const auto in = [&](std::string_view key, auto read) {
    return with_context(key, [&] { return read(field_or_null(json, key)); });
  };
  const Json& model = json.at("model");
  TokenizerSpec spec;
  spec.entries = with_context("model.vocab", [&] { return read_vocabulary(model.at("vocab")); });
  spec.added =
      in("added_tokens", [&](const Json& list) { return read_added_tokens(list, spec.entries); });
  spec.normalizer = in("normalizer", Normalizer::from_json);
  spec.pre_tokenizer = in("pre_tokenizer", PreTokenizer::from_json);
  spec.decoder = in("decoder", Decoder::from_json);
  spec.frame = in("post_processor", read_frame);
  return spec;
}

}  // namespace

std::unique_ptr<const TokenizerParts> read_tokenizer_json(const Json& json, const Json& config) {
  const Json& model = json.at("model");
  with_context("model", [&] { check_model(model); });
  TokenizerSpec spec = read_spec(json);
  with_context("tokenizer_config.json", [&] {
    spec.bos_id = special_id(config, "bos_token", spec.entries);
    if (const auto eos = special_id(config, "eos_token", spec.entries)) spec.eos_ids = {*eos};
  });
  auto parts = assemble(std::move(spec));
  with_context("post_processor", [&] { check_frame(parts->frame, parts->vocabulary); });
  with_context("model", [&] {
    MergeTable merges =
        with_context("merges", [&] { return read_merges(model.at("merges"), parts->vocabulary); });
    parts->bpe.emplace(parts->vocabulary, std::move(merges),
                       read_options(model, parts->vocabulary));
  });
  return parts;
}

}  // namespace lathe::text
