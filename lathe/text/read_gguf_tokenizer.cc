// SPDX-License-Identifier: Apache-2.0
// The tokenizer in a GGUF file's metadata: model "gpt2" is byte-level BPE with merges, "llama" is
// SentencePiece's BPE with scores.
#include <algorithm>
#include <array>

#include "lathe/base/error.h"
#include "lathe/text/gguf_pre_tokenizers.h"
#include "lathe/text/json_fields.h"
#include "lathe/text/merge_list.h"
#include "lathe/text/tokenizer_parts.h"
#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

// Values of tokenizer.ggml.token_type.
enum TokenType : int64_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4 };

// Control tokens that end an answer, whatever the file calls its EOS.
constexpr std::array<std::string_view, 6> kTurnEnds = {
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|eom_id|>"};

class Reader {
 public:
  explicit Reader(const Json& json)
      : json_(json), tokens_(json.at("tokens").as_array()), is_spm_(kind() == "llama") {
    if (json.contains("token_types")) types_ = &json.at("token_types").as_array();
    if (types_ != nullptr && types_->size() != tokens_.size()) {
      fail(ErrorCode::kCorrupt, "token_types: expected ", tokens_.size(), " of them, got ",
           types_->size());
    }
  }

  std::unique_ptr<const TokenizerParts> read() {
    BpeOptions options;
    TokenizerSpec spec = read_common();
    if (is_spm_) {
      add_spm(spec, options);
    } else {
      add_byte_level(spec, options);
    }
    auto parts = assemble(std::move(spec));
    MergeTable merges = with_context("merges", [&] {
      return is_spm_ ? merges_by_score(parts->vocabulary)
                     : read_merges(json_.at("merges"), parts->vocabulary);
    });
    parts->bpe.emplace(parts->vocabulary, std::move(merges), options);
    return parts;
  }

 private:
  std::string kind() const {
    const std::string& model = text_field(json_, "model");
    if (model != "gpt2" && model != "llama") {
      fail(ErrorCode::kUnsupported, "model: ", quote(model),
           " is not supported, expected gpt2 (byte-level BPE) or llama (SentencePiece BPE)");
    }
    return model;
  }

  int64_t type_of(size_t id) const {
    return types_ == nullptr ? int64_t{kNormal} : (*types_)[id].as_integer();
  }

  std::optional<int32_t> id_field(std::string_view key) const {
    const Json& field = field_or_null(json_, key);
    if (field.is_null()) return std::nullopt;
    const int64_t id = with_context(key, [&] { return field.as_integer(); });
    if (id < 0 || id >= static_cast<int64_t>(tokens_.size())) {
      fail(ErrorCode::kCorrupt, key, ": ", id, " is not in a vocabulary of ", tokens_.size());
    }
    return static_cast<int32_t>(id);
  }

  TokenizerSpec read_common() const {
    TokenizerSpec spec;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const std::string& text =
          with_item_context([&] { return cat("tokens[", i, "]"); },
                            [&]() -> const std::string& { return tokens_[i].as_string(); });
      spec.entries.push_back({text, static_cast<int64_t>(i)});
      const int64_t type = type_of(i);
      const bool special = type == kControl || type == kUnknown;
      if (special || type == kUserDefined) {
        spec.added.push_back({.content = text, .id = static_cast<int32_t>(i), .special = special});
      }
    }
    spec.bos_id = id_field("bos_id");
    add_ends(spec);
    return spec;
  }

  void add_ends(TokenizerSpec& spec) const {
    const auto add = [&](std::optional<int32_t> id) {
      if (id && std::ranges::find(spec.eos_ids, *id) == spec.eos_ids.end()) {
        spec.eos_ids.push_back(*id);
      }
    };
    add(id_field("eos_id"));
    add(id_field("eot_id"));
    for (const AddedToken& token : spec.added) {
      if (std::ranges::find(kTurnEnds, token.content) != kTurnEnds.end()) add(token.id);
    }
  }

  void add_frame(TokenizerSpec& spec, bool bos_otherwise) const {
    if (bool_field(json_, "add_bos", bos_otherwise) && spec.bos_id) {
      spec.frame.before.push_back(*spec.bos_id);
    }
    const auto eos = id_field("eos_id");
    if (bool_field(json_, "add_eos", false) && eos) spec.frame.after.push_back(*eos);
  }

  void add_byte_level(TokenizerSpec& spec, BpeOptions& options) const {
    GgufPreTokenizer pre = gguf_pre_tokenizer(text_field(json_, "pre", ""));
    spec.pre_tokenizer = std::move(pre.pre_tokenizer);
    spec.decoder.byte_alphabet = true;
    options.ignore_merges = pre.ignore_merges;
    add_frame(spec, pre.add_bos);
  }

  void add_spm(TokenizerSpec& spec, BpeOptions& options) const {
    std::vector<NormalizerStep> steps;
    if (bool_field(json_, "add_space_prefix", true)) {
      steps.push_back(prepend_step(" "));
      spec.decoder.strip_left = 1;
    }
    steps.push_back(replace_step(" ", "▁"));
    spec.normalizer = Normalizer(std::move(steps));
    spec.decoder.replacements = {{"▁", " "}};
    spec.decoder.byte_fallback = true;
    options.byte_fallback = true;
    options.unknown_id = id_field("unk_id");
    add_frame(spec, true);
  }

  // Ranks of the tokens: the greatest score first, equal ones share a rank.
  std::vector<int32_t> ranks_by_score() const {
    const Json::Array& list = json_.at("scores").as_array();
    if (list.size() != tokens_.size()) {
      fail(ErrorCode::kCorrupt, "scores: expected ", tokens_.size(), " of them, got ", list.size());
    }
    std::vector<double> sorted;
    for (const Json& score : list) sorted.push_back(-score.as_number());
    const std::vector<double> keys = sorted;
    std::ranges::sort(sorted);
    std::vector<int32_t> out;
    for (const double key : keys) {
      out.push_back(static_cast<int32_t>(std::ranges::lower_bound(sorted, key) - sorted.begin()));
    }
    return out;
  }

  // Any two tokens that are one token together may merge; SentencePiece takes the best first.
  MergeTable merges_by_score(const Vocabulary& vocabulary) const {
    constexpr size_t kLongestMerged = 512;  // SentencePiece's own limit of a piece is far below
    struct Entry {
      int32_t left, right;
      Merge merge;
    };
    std::vector<Entry> entries;
    const std::vector<int32_t> ranks = ranks_by_score();
    for (size_t id = 0; id < tokens_.size(); ++id) {
      const std::string_view text = tokens_[id].as_string();
      if (text.size() > kLongestMerged) continue;
      for (size_t cut = 1; cut < text.size(); ++cut) {
        if ((static_cast<uint8_t>(text[cut]) & 0xC0) == 0x80) continue;
        const auto left = vocabulary.find(text.substr(0, cut));
        const auto right = left ? vocabulary.find(text.substr(cut)) : std::nullopt;
        if (right) entries.push_back({*left, *right, {ranks[id], static_cast<int32_t>(id)}});
      }
    }
    MergeTable out(entries.size());
    for (const Entry& entry : entries) out.add(entry.left, entry.right, entry.merge);
    return out;
  }

  const Json& json_;
  const Json::Array& tokens_;
  const Json::Array* types_ = nullptr;
  bool is_spm_;
};

}  // namespace

std::unique_ptr<const TokenizerParts> read_gguf_tokenizer(const Json& json) {
  return Reader(json).read();
}

}  // namespace lathe::text
